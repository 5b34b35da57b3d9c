using Sweeps.Domain.Cluster;

namespace Sweeps.Domain.Tests.Cluster;

/// <summary>What a cluster decides about its sweeps and nodes.</summary>
public class ClusterStateTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec with { Name = "s", Tasks = ["bracket_counting"] };

    private static readonly HostSweep _host = new("s-1", _spec, new SweepShare());

    [Fact]
    public void A_sweep_that_is_new_is_hosted_and_the_same_again_is_nothing_new()
    {
        var (reply, events) = Decide([], _host);
        Assert.IsType<Reply.Accepted>(reply);
        Assert.Equal("s-1", Assert.IsType<SweepHosted>(Assert.Single(events)).Run);
        Assert.IsType<Reply.AlreadyDone>(Decide([_host], _host).Reply);
        // Whoever submits it again may have drawn another name for its journal: the first one counts.
        Assert.IsType<Reply.AlreadyDone>(Decide([_host], _host with { Run = "s-2" }).Reply);
        Assert.Equal("s-1", After([_host, _host with { Run = "s-2" }]).Sweeps["s"].Run);
    }

    [Fact]
    public void A_sweep_that_grows_is_submitted_again_and_another_of_its_name_is_refused()
    {
        var grown = _spec with { Tasks = ["bracket_counting", "set_or_string"] };
        Assert.IsType<SweepResubmitted>(Assert.Single(Decide([_host], _host with { Spec = grown }).Events));
        Assert.Equal(grown, After([_host, _host with { Spec = grown }]).Sweeps["s"].Spec);
        var other = Assert.IsType<Reply.Refused>(Decide([_host], _host with { Spec = _spec with { Seed = 2 } }).Reply);
        Assert.Contains("another description", other.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SweepEnd.Completed)]
    [InlineData(SweepEnd.Failed)]
    public void A_sweep_that_has_ended_is_taken_up_again_when_it_is_submitted(SweepEnd end)
    {
        var ended = new EndHostedSweep("s", end, "why");
        Assert.Equal(end, After([_host, ended]).Sweeps["s"].End);
        Assert.IsType<SweepResubmitted>(Assert.Single(Decide([_host, ended], _host).Events));
        Assert.IsType<SweepResubmitted>(Assert.Single(Decide([_host, ended], new ReopenSweep("s")).Events));
        Assert.Null(After([_host, ended, _host]).Sweeps["s"].End);
        Assert.Null(After([_host, ended, _host]).Sweeps["s"].Reason);
    }

    [Fact]
    public void A_sweep_that_was_cancelled_is_never_taken_up_again()
    {
        var cancelled = new EndHostedSweep("s", SweepEnd.Cancelled, null);
        Assert.IsType<Reply.Refused>(Decide([_host, cancelled], _host).Reply);
        Assert.IsType<Reply.Refused>(Decide([_host, cancelled], new ReopenSweep("s")).Reply);
        Assert.IsType<Reply.AlreadyDone>(Decide([_host, cancelled], new EndHostedSweep("s", SweepEnd.Completed, null)).Reply);
    }

    [Fact]
    public void A_share_is_changed_and_one_that_makes_no_sense_is_refused()
    {
        Assert.Equal(2, After([_host, new ChangeShare("s", new SweepShare { Weight = 2 })]).Sweeps["s"].Share.Weight);
        Assert.IsType<Reply.AlreadyDone>(Decide([_host], new ChangeShare("s", new SweepShare())).Reply);
        foreach (var weight in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.IsType<Reply.Refused>(Decide([_host], new ChangeShare("s", new SweepShare { Weight = weight })).Reply);
        Assert.IsType<Reply.Refused>(Decide([_host], new ChangeShare("s", new SweepShare { Concurrency = -1 })).Reply);
        Assert.IsType<Reply.Refused>(Decide([], _host with { Share = new SweepShare { Weight = 0 } }).Reply);
        var unknown = Assert.IsType<Reply.Refused>(Decide([_host], new ChangeShare("t", new SweepShare())).Reply);
        Assert.Equal("the cluster has no sweep t: it has s", unknown.Reason);
    }

    [Fact]
    public void The_first_kind_of_devices_is_a_sweeps_for_good_unless_it_may_use_all()
    {
        Assert.Equal("cpu", After([_host, new ChooseKind("s", "cpu"), new ChooseKind("s", "cuda")]).Sweeps["s"].Kind);
        var mixed = _host with { Share = new SweepShare { MixedDevices = true } };
        Assert.IsType<Reply.AlreadyDone>(Decide([mixed], new ChooseKind("s", "cpu")).Reply);
    }

    [Fact]
    public void A_node_that_is_to_leave_is_remembered_until_it_has_left()
    {
        Assert.Contains("a", After([new RequestDrain("a")]).Draining);
        Assert.IsType<Reply.AlreadyDone>(Decide([new RequestDrain("a")], new RequestDrain("a")).Reply);
        Assert.Empty(After([new RequestDrain("a"), new EndDrain("a")]).Draining);
        Assert.IsType<Reply.AlreadyDone>(Decide([], new EndDrain("a")).Reply);
    }

    [Fact]
    public void Every_event_is_read_as_it_was_written()
    {
        ClusterEvent[] events =
        [
            new SweepHosted("s", "s-1", _spec, new SweepShare { Priority = -1, MixedDevices = true }),
            new SweepResubmitted("s", _spec),
            new ShareChanged("s", new SweepShare { Weight = 0.5, Concurrency = 3 }),
            new KindChosen("s", "cpu"),
            new HostedSweepEnded("s", SweepEnd.Failed, "the disk is full"),
            new DrainRequested("a"),
            new DrainEnded("a"),
        ];
        Assert.Equal(
            typeof(ClusterEvent).Assembly.GetTypes().Count(t => t.BaseType == typeof(ClusterEvent)), events.Length);
        Assert.All(events, happened =>
        {
            var stored = ClusterStream.Registry.Serialize(happened);
            var again = ClusterStream.Registry.Deserialize(stored);
            Assert.Equal(stored.Payload.ToArray(), ClusterStream.Registry.Serialize(again).Payload.ToArray());
            Assert.IsType(happened.GetType(), again);
        });
    }

    private static Decision<ClusterEvent> Decide(ClusterCommand[] before, ClusterCommand command) =>
        ClusterState.Decide(After(before), command);

    private static ClusterState After(ClusterCommand[] commands) => commands.Aggregate(
        ClusterState.Initial,
        (state, command) => ClusterState.Decide(state, command).Events.Aggregate(state, ClusterState.Apply));
}
