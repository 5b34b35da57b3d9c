using System.Text;

namespace Sweeps.Contracts.Tests;

public class DeviceProtocolTests
{
    private static readonly ArtifactRef _file = new("a/b.bin", "00ff", 12);
    private static readonly CorpusArtifacts _corpus = new(_file, _file, _file, _file);

    private static ProbeJob Probe => new()
    {
        Output = "o",
        Seed = ulong.MaxValue,
        Model = _file,
        MeanCache = _file,
        Corpus = _corpus,
        Task = "t",
        TaskSeed = 3,
        Options = new PruningOptions { TargetLoss = 0.1 },
        Masks = _file,
        K = 17,
    };

    public static TheoryData<DeviceRequest> Requests =>
    [
        new RunRequest(
            "trial \"1\"\n", 3,
            new PrepareJob { Output = "o", Seed = 1, Corpus = new CorpusOptions { Idioms = new IdiomsOptions() },
                Tokenizer = new TokenizerOptions() },
            null),
        new RunRequest(
            "t", 3,
            new TrainJob { Output = "o", Seed = 1, Model = new ModelConfig { NLayer = 2 }, Training = new TrainingOptions { L0 = 1 / 64.0 },
                Corpus = _corpus },
            _file),
        new RunRequest("t", 1, Probe, null),
        new ThreadsRequest(3),
        new CancelRequest("t", 2),
        new ExitRequest(),
    ];

    public static TheoryData<DeviceMessage> Messages =>
    [
        new HelloMessage(1, "cpu", 42, "1.13.1", 1, "AVX512"),
        new HeartbeatMessage(null, 0),
        new HeartbeatMessage("t", 1) { Memory = new DeviceMemory(1, 2, 3) },
        new ProgressMessage("t", 1, new JobProgress(1, 2, 3) { Training = new TrainingFigures(256, 0.5, null, 0.25) }),
        new ProgressMessage("t", 1, new JobProgress(1, 2, double.NaN, "é")),
        new CheckpointMessage("t", 1, 200, _file) { Seconds = 0.25 },
        new EvaluatedMessage("t", 1, 200, 2.5),
        new ResultMessage("t", 1, new ProbeResult(17, 30, 0.1 + 0.2, double.PositiveInfinity, 1e-300, -0.0)),
        new ResultMessage("t", 1, new PruneResult(_file, 10, 3, 0.25)),
        new FailedMessage("t", 1, FailureKind.World, "disk full"),
        new CancelledMessage("t", 1),
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_survives_the_wire(DeviceRequest request)
    {
        var line = DeviceProtocol.Write(request);
        Assert.DoesNotContain((byte)'\n', line);
        Assert.Equal(line, DeviceProtocol.Write(DeviceProtocol.ReadRequest(line)));
        Assert.IsType(request.GetType(), DeviceProtocol.ReadRequest(line));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_survives_the_wire(DeviceMessage message)
    {
        var line = DeviceProtocol.Write(message);
        Assert.DoesNotContain((byte)'\n', line);
        Assert.Equal(message, DeviceProtocol.ReadMessage(line));
    }

    [Fact]
    public void Every_kind_of_request_and_message_has_a_name_on_the_wire()
    {
        static IEnumerable<Type> Concrete(Type root) => root.Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(root));
        static int Named(Type root) =>
            root.GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonDerivedTypeAttribute), false).Length;
        Assert.Equal(Concrete(typeof(DeviceMessage)).Count(), Named(typeof(DeviceMessage)));
        Assert.Equal(Concrete(typeof(DeviceRequest)).Count(), Named(typeof(DeviceRequest)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"type\":\"run\"}")]
    [InlineData("{\"type\":\"dance\"}")]
    [InlineData("{\"type\":\"exit\",\"now\":1}")]
    [InlineData("Segmentation fault")]
    public void A_line_that_is_no_request_is_refused(string line) =>
        Assert.Throws<InvalidDataException>(() => DeviceProtocol.ReadRequest(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Lines_are_found_however_the_bytes_arrive_and_an_unfinished_one_is_dropped()
    {
        var lines = new[] { "", "a", new string('b', 5000), "cc", new string('d', 9000) };
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")) + "half");
        for (var chunk = 1; chunk < 10_000; chunk = (chunk * 3) + 1)
        {
            var reader = new BoundedLineReader(new Trickle(bytes, chunk));
            foreach (var expected in lines)
            {
                Assert.True(reader.TryRead(out var line));
                Assert.Equal(expected, Encoding.UTF8.GetString(line.Span));
            }
            Assert.False(reader.TryRead(out _));
        }
    }

    [Fact]
    public void A_line_without_end_is_refused_before_it_fills_the_memory()
    {
        var reader = new BoundedLineReader(new Trickle(new byte[100_000], 1000), maxLineBytes: 10_000);
        Assert.Throws<InvalidDataException>(() => reader.TryRead(out _));
    }

    private sealed class Trickle(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, chunk));
    }
}
