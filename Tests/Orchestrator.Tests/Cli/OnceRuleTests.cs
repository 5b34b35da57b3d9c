using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Domain.Cluster;
using Sweeps.Orchestrator.Cli.Cluster;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>When a node with --once leaves.</summary>
public sealed class OnceRuleTests
{
    private const OnceRule.Step Stay = OnceRule.Step.Stay, Leave = OnceRule.Step.Leave, GiveUp = OnceRule.Step.GiveUp;

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_device_node_leaves_when_the_last_sweep_that_it_has_seen_at_work_has_ended()
    {
        var rule = new OnceRule("device", coordinates: false);
        Assert.Equal(Stay, rule.Next(Status(["device", "other"], null, SweepEnd.Completed), TimeSpan.Zero));
        Assert.Equal(Leave, rule.Next(Status(["device", "other"], SweepEnd.Failed, SweepEnd.Completed), _second));
    }

    [Fact]
    public void Sweeps_that_ended_before_make_no_node_leave_while_another_may_be_submitted()
    {
        foreach (var ended in new SweepEnd?[][] { [], [SweepEnd.Completed] })
        {
            var rule = new OnceRule("device", coordinates: false);
            Assert.Equal(Stay, rule.Next(Status(["device"], ended), TimeSpan.Zero));
            Assert.Equal(Stay, rule.Next(Status(["device"], ended), OnceRule.ForSweep - _second));
            Assert.Equal(Leave, rule.Next(Status(["device"], ended), OnceRule.ForSweep));
        }
    }

    [Fact]
    public void A_node_that_was_given_a_job_of_a_sweep_that_ended_between_two_questions_leaves()
    {
        var rule = new OnceRule("device", coordinates: false);
        Assert.Equal(Stay, rule.Next(Status(["device"], SweepEnd.Completed), TimeSpan.Zero));
        Assert.Equal(Leave, rule.Next(Status(["device"], SweepEnd.Completed), _second, hasWorked: true));
    }

    [Fact]
    public void A_node_that_coordinates_lets_the_devices_leave_first_for_a_while()
    {
        var rule = new OnceRule("one", coordinates: true);
        rule.Next(Status(["device"], (SweepEnd?)null), TimeSpan.Zero);
        Assert.Equal(Stay, rule.Next(Status(["device"], SweepEnd.Completed), _second));
        Assert.Equal(Stay, rule.Next(Status(["device"], SweepEnd.Completed), OnceRule.ForDevices));
        Assert.Equal(Leave, rule.Next(Status(["device"], SweepEnd.Completed), OnceRule.ForDevices + _second));
        // One that has devices itself does not wait for itself.
        var both = new OnceRule("both", coordinates: true);
        both.Next(Status(["both"], (SweepEnd?)null), TimeSpan.Zero);
        Assert.Equal(Leave, both.Next(Status(["both"], SweepEnd.Completed), _second));
    }

    [Fact]
    public void A_sweep_that_comes_after_one_has_ended_keeps_it()
    {
        var rule = new OnceRule("one", coordinates: true);
        rule.Next(Status(["device"], (SweepEnd?)null), TimeSpan.Zero);
        Assert.Equal(Stay, rule.Next(Status(["device"], SweepEnd.Completed), _second));
        Assert.Equal(Stay, rule.Next(Status(["device"], SweepEnd.Completed, null), OnceRule.ForDevices * 2));
        Assert.Equal(Stay, rule.Next(Status(["device"], SweepEnd.Completed, SweepEnd.Completed), OnceRule.ForDevices * 2 + _second));
    }

    [Fact]
    public void Nobody_who_answers_is_waited_for_and_not_for_ever()
    {
        var start = TimeSpan.FromDays(1);
        var rule = new OnceRule("device", coordinates: false);
        Assert.Equal(Stay, rule.Next(null, start));
        Assert.Equal(Stay, rule.Next(null, start + OnceRule.ForAnswer));
        Assert.Equal(Stay, rule.Next(Status(["device"], (SweepEnd?)null), start + OnceRule.ForAnswer * 2));
        Assert.Equal(Stay, rule.Next(null, start + OnceRule.ForAnswer * 3));
        Assert.Equal(GiveUp, rule.Next(null, start + OnceRule.ForAnswer * 3 + _second));
    }

    private static ClusterStatus Status(string[] nodes, params SweepEnd?[] ends) => new(
        "one at 127.0.0.1:4053", 1, [.. nodes.Select(name => new NodeStatus(name, "127.0.0.1:4054", [], Draining: false))],
        [.. ends.Select((end, index) => new HostedStatus($"sweep-{index}", new SweepShare(), "cpu", end, null))]);
}
