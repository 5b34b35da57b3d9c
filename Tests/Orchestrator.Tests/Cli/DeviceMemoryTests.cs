using System.Diagnostics;
using System.Globalization;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What a real device process keeps between jobs.</summary>
public sealed class DeviceMemoryTests : IDisposable
{
    private const int First = 10, All = 200;

    private readonly string _root = Directory.CreateTempSubdirectory("sweeps-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Two_hundred_jobs_of_different_shapes_leave_less_than_half_as_much_again_as_the_first_ten()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), "device", "--root", _root, "--device", "cpu", "--threads", "2",
                "--memory", "0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var answers = new BoundedLineReader(process.StandardOutput.BaseStream);
            Assert.IsType<HelloMessage>(Next(answers));
            var prepared = (PrepareResult)Run(process, answers, 0, new PrepareJob
            {
                Output = "corpus",
                Seed = 1,
                Corpus = new CorpusOptions { Idioms = new IdiomsOptions { Documents = 200 }, ValidationFraction = 0.2 },
                Tokenizer = new TokenizerOptions { VocabSize = 280 },
            });
            long after = 0;
            for (var i = 1; i <= All; i++)
            {
                Run(process, answers, i, Training(prepared, i));
                Directory.Delete(Path.Combine(_root, "model"), recursive: true);
                if (i == First) after = Resident(process);
            }
            var end = Resident(process);
            Assert.True(end < 1.5 * after, $"{end >> 20} MiB after {All} jobs, {after >> 20} MiB after {First}");
        }
        finally
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(20_000)) process.Kill();
        }
    }

    // Widths, batches and lengths that meet again rarely: an allocator that keeps what nobody asks for again grows with them.
    private static TrainJob Training(PrepareResult prepared, int i) => new()
    {
        Output = "model",
        Seed = (ulong)i,
        Corpus = prepared.Corpus,
        Model = new ModelConfig
        {
            NLayer = 1 + (i % 2),
            DModel = 16 * (2 + (i * 7 % 11)),
            DMlp = 100 + (i * 37 % 300),
            NCtx = 24 + (i * 13 % 60),
            VocabSize = prepared.VocabSize,
        },
        Training = new TrainingOptions
        {
            Steps = 2,
            BatchSize = 2 + (i % 5),
            L0 = 0.25,
            EvalEvery = 2,
            EvalBatches = 1,
            MeanCacheTokens = 64,
            L0AnnealFraction = 0.5,
        },
    };

    private static JobResult Run(Process process, BoundedLineReader answers, int attempt, Job job)
    {
        var line = DeviceProtocol.Write(new RunRequest("trial", attempt, job, null));
        process.StandardInput.BaseStream.Write([.. line, (byte)'\n']);
        process.StandardInput.BaseStream.Flush();
        while (true)
        {
            var message = Next(answers);
            if (message is FailedMessage failed) Assert.Fail(failed.Reason);
            if (message is ResultMessage result) return result.Result;
        }
    }

    private static DeviceMessage Next(BoundedLineReader answers)
    {
        Assert.True(answers.TryRead(out var line), "the device has ended");
        return DeviceProtocol.ReadMessage(line.Span);
    }

    private static long Resident(Process process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(
            ' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
