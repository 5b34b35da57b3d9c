using System.Text.Json;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Domain.Cluster;

namespace Sweeps.Actors.Tests.Cluster.Nodes;

/// <summary>What nodes say to each other survives the way.</summary>
public class NodeProtocolTests
{
    private static readonly TrialId _trial = new("models/m");

    private static readonly object[] _bodies =
    [
        new RemoteJob(
            "s", "s", _trial, 2, Searching.Plan.Prune(0, new PruningHyperparameters()), new ArtifactRef("c", new string('a', 64), 1)),
        new RemoteJob("s", null, _trial, 2, Searching.Plan.Prune(0, new PruningHyperparameters()), null),
        new RemoteJob("s", "s", _trial, 2, Searching.Plan.Prune(0, new PruningHyperparameters()), null)
        {
            Inputs = new JobInputs("a:4054", [new ArtifactRef("c", new string('a', 64), 1)])
            {
                Sources = new ArtifactRef("d", new string('b', 64), 2),
            },
        },
        new FilesWritten("models/m", 1, [new ArtifactRef("c", new string('a', 64), 1)]),
        new CancelJob("sweep", _trial, 1),
        new BarrierPassed(),
        new LeaveNode(),
        new DeviceUp("cpu AVX2") { Memory = "a:cuda-0" },
        new DeviceMeasured("a:cuda-0-1", 1L << 33, 1L << 36),
        new RefreshDevice(),
        new DeviceFreed("a:cpu-0"),
        new DeviceDown("a:cpu-0"),
        new DeviceLost("a:cpu-0", "it did not start"),
        new DeviceChanged("a:cpu-0", DeviceStatus.Ready, null),
        new NodeLeaving(),
        new JobStarted(_trial, 1, "a:cpu-0"),
        new JobLost(_trial, 1, "it died"),
        new StoreBarrier(),
        new ProgressMessage("models/m", 1, new JobProgress(1, 2, 0.5)),
        new EvaluatedMessage("models/m", 1, 3, 2.5),
        new CheckpointMessage("models/m", 1, 3, new ArtifactRef("c", new string('a', 64), 1)),
        new ResultMessage("models/m", 1, FakeResults.Prepared),
        new FailedMessage("models/m", 1, FailureKind.World, "full"),
        new CancelledMessage("models/m", 1),
    ];

    [Fact]
    public void Every_body_that_may_be_said_is_read_as_it_was_written()
    {
        Assert.Equal(
            NodeProtocol.Bodies.Values.Select(type => type.Name).Order(StringComparer.Ordinal),
            _bodies.Select(body => body.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(_bodies, body =>
        {
            var word = new LinkWord("a:cpu-0", body);
            Assert.Equal(Text(word), Text(Again(word)));
            Assert.IsType(body.GetType(), Again(word).Body);
        });
    }

    [Fact]
    public void Every_message_is_read_as_it_was_written_and_every_kind_of_message_has_a_name()
    {
        object[] messages =
        [
            new RegisterNode("a", 1, ["a:cpu-0"], "mark", 3),
            new RegisterNode("a", 1, ["a:cpu-0"], null, 3) { Files = "a:4054" },
            new NodeWelcomed(7, 3),
            new NodeTurnedAway("another folder"),
            new LeadAsked(3),
            new LeadConfirmed(3),
            new LinkFrame(7, 1, [new LinkWord("a:cpu-0", new DeviceFreed("a:cpu-0"))], 4),
            new ClusterQuestion(new ShareRequest("s", 2, null, 3)),
            new ClusterAnswer("accepted", null, new ClusterStatus("a at b", 3, [], [
                new HostedStatus("s", new SweepShare { Weight = 2 }, "cpu", SweepEnd.Completed, null)])),
            new DatabaseAsked(3),
            new DatabaseSeen(3, "a"),
        ];
        Assert.Equal(
            NodeProtocol.Messages.Values.Select(type => type.Name).Order(StringComparer.Ordinal),
            messages.Select(message => message.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            typeof(NodeActor).Assembly.GetTypes().Where(t => t is { IsClass: true } && t.IsAssignableTo(typeof(INodeMessage)))
                .Select(t => t.Name).Order(StringComparer.Ordinal),
            messages.Select(message => message.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(messages, message =>
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), NodeProtocol.Json);
            var again = JsonSerializer.Deserialize(bytes, message.GetType(), NodeProtocol.Json);
            Assert.Equal(bytes, JsonSerializer.SerializeToUtf8Bytes(again, message.GetType(), NodeProtocol.Json));
        });
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[\"d\",\"launch\",{}]")]
    [InlineData("[\"d\",\"freed\",null]")]
    [InlineData("[null,\"barrier\",{}]")]
    [InlineData("{\"device\":1}")]
    public void What_no_node_says_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<LinkWord>(json, NodeProtocol.Json));

    private static LinkWord Again(LinkWord word) => JsonSerializer.Deserialize<LinkWord>(Text(word), NodeProtocol.Json)!;

    private static string Text(LinkWord word) => JsonSerializer.Serialize(word, NodeProtocol.Json);
}
