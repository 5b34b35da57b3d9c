using Sweeps.Search;

namespace Sweeps.Domain.Tests.Bisections;

/// <summary>A pruning ends as soon as its circuit cannot be the best of its search.</summary>
public class StoppedBisectionTests
{
    private const double Target = 0.15;

    private static readonly CircuitToBeat _nodes = new(CircuitSize.Nodes, 10, 50);
    private static readonly CircuitToBeat _edges = new(CircuitSize.Edges, 10, 50);

    private static PruneJob Job { get; } = new(
        SweepPlan.Of(FakeResults.Spec).Evaluate(
            SweepPlan.Of(FakeResults.Spec).Models[0], "bracket_counting", FakeResults.Prepared,
            (TrainResult)FakeResults.Of(SweepPlan.Train(SweepPlan.Of(FakeResults.Spec).Models[0], FakeResults.Prepared))),
        new PruningHyperparameters());

    [Fact]
    public void One_that_misses_the_target_at_a_node_less_than_the_best_ends_with_one_probe_and_is_told_as_larger()
    {
        var (state, probes) = Bisect(_nodes, smallest: 30, edges: k => 5 * k);
        Assert.Equal([9], probes);
        Assert.True(state.IsDone);
        Assert.Null(state.NextJob());
        var outcome = state.Outcome(CircuitSize.Nodes);
        Assert.Equal(new PruningStop(9, 45, 0.5, _nodes), outcome.Stopped);
        Assert.Equal((null, null), (outcome.Circuit, outcome.Failure));
        // 10 nodes or more, and 0.35 nats too many with 9.
        Assert.Equal(Math.Log10(11) + 0.35, outcome.Objective!.Value, 12);
        Assert.True(outcome.Objective > Math.Log10(1 + _nodes.Nodes));
    }

    [Fact]
    public void One_that_reaches_the_target_there_goes_on_below_it_to_its_smallest_circuit()
    {
        var (state, probes) = Bisect(_nodes, smallest: 6, edges: k => 5 * k);
        Assert.Equal([9, 4, 6, 5], probes);
        Assert.Null(state.Outcome(CircuitSize.Nodes).Stopped);
        Assert.Equal(6, state.Circuit!.Nodes);
    }

    [Fact]
    public void Where_edges_count_it_ends_once_a_circuit_of_as_many_edges_misses_the_target()
    {
        // With as many nodes it has fewer edges, with twice as many it reaches the target, and with 15 it has as many edges and misses.
        var (state, probes) = Bisect(_edges, smallest: 17, edges: k => 4 * k);
        Assert.Equal([10, 20, 15], probes);
        var outcome = state.Outcome(CircuitSize.Edges);
        Assert.Equal(new PruningStop(15, 60, 0.5, _edges), outcome.Stopped);
        Assert.Null(outcome.Circuit);
        // Its circuit has at most the edges of the one that reached it.
        Assert.Equal(Math.Log10(81), outcome.Objective!.Value, 12);

        // One whose circuit has fewer edges, though more nodes, is not stopped.
        var (better, _) = Bisect(_edges, smallest: 17, edges: k => k);
        Assert.Equal((17, null), (better.Circuit!.Nodes, better.Outcome(CircuitSize.Edges).Stopped));
    }

    [Fact]
    public void Of_all_sizes_what_beats_the_best_is_found_and_what_does_not_never_looks_better()
    {
        for (var smallest = 0; smallest <= 64; smallest++)
        {
            foreach (var beat in new[] { _nodes, _edges, _nodes with { Nodes = 1 }, _edges with { Nodes = 64, Edges = 320 } })
            {
                var size = beat.Size;
                var (state, probes) = Bisect(beat, smallest, edges: k => 5 * k);
                var (whole, all) = Bisect(null, smallest, edges: k => 5 * k);
                var (found, expected) = (state.Outcome(size), whole.Outcome(size));
                var best = Math.Log10(1 + (size == CircuitSize.Nodes ? beat.Nodes : beat.Edges));
                if (expected.Objective < best) Assert.Equal(expected.Circuit, found.Circuit);
                else Assert.True(found.Objective >= best, $"{smallest} {beat}");
                Assert.InRange(probes.Count, 1, BisectionPlan.MaxProbes(64));
                Assert.True(found.Stopped is not null || found.Circuit is not null);
            }
        }
    }

    [Fact]
    public void A_loss_that_is_no_number_counts_as_a_miss_by_a_nat()
    {
        var state = Given.State(
            BisectionState.Initial, BisectionState.Apply,
            BisectionState.Decide(BisectionState.Initial, new BeginBisection(Job, Pruned, _nodes)).Events);
        var events = Given.Accepts(BisectionState.Decide(state, new RecordProbe(new ProbeResult(9, 45, 1, double.NaN, 1, 0))));
        state = Given.State(state, BisectionState.Apply, events);
        Assert.Equal(Math.Log10(11) + 1, state.Outcome(CircuitSize.Nodes).Objective!.Value, 12);
        Assert.Null(state.Outcome(CircuitSize.Nodes).Failure);
        Given.DoesNothing(BisectionState.Decide(state, new RecordProbe(new ProbeResult(18, 90, 1, 0.1, 1, 0))));
    }

    [Fact]
    public void The_circuit_to_beat_is_the_best_of_closed_rounds_alone_and_none_while_none_has_reached_the_target()
    {
        var config = SearchConfig.For("local", PruningPoint.Space(new SearchOptions()), 3, 2);
        var state = Told(CircuitSearchState.Initial, new BeginSearch(config, new StoppingRules(3)));
        Assert.Null(state.ToBeat(Target, CircuitSize.Nodes));
        state = Told(state, Outcome(0, k: 30, loss: 0.2));
        state = Told(state, Outcome(1, k: 20, loss: 0.3));
        Assert.Null(state.ToBeat(Target, CircuitSize.Nodes));
        state = Told(state, Outcome(2, k: 12, loss: 0.1));
        Assert.Null(state.ToBeat(Target, CircuitSize.Nodes));
        state = Told(state, Outcome(3, k: 14, loss: 0.1));
        Assert.Equal(new CircuitToBeat(CircuitSize.Edges, 12, 36), state.ToBeat(Target, CircuitSize.Edges));
        state = Told(state, Outcome(4, k: 2, loss: 0.1));
        Assert.Equal(12, state.ToBeat(Target, CircuitSize.Nodes)!.Nodes);
    }

    private static RecordOutcome Outcome(int index, int k, double loss)
    {
        ProbeResult[] curve = [new(k, 3 * k, 1, loss, 1, 0)];
        return new RecordOutcome(
            index, new PruningOutcome(Pruned, curve, FakeResults.Circuit, Objective.Of(Target, curve, CircuitSize.Nodes), null), 1);
    }

    private static CircuitSearchState Told(CircuitSearchState state, SearchCommand command) =>
        Given.State(state, CircuitSearchState.Apply, CircuitSearchState.Decide(state, command).Events);

    private static PruneResult Pruned { get; } = new(FakeResults.Artifact("masks"), 64, 24, 0.1);

    /// <summary>A bisection to its end: circuits of so many nodes or more reach the target, at 0.1 nats, and others have 0.5.</summary>
    private static (BisectionState State, List<int> Probes) Bisect(CircuitToBeat? beat, int smallest, Func<int, int> edges)
    {
        var (state, probes) = (BisectionState.Initial, new List<int>());
        Tell(new BeginBisection(Job, Pruned, beat));
        while (state.NextJob() is { } job)
        {
            if (job is ProbeJob { K: var k }) probes.Add(k);
            Tell(job is ProbeJob probe
                ? new RecordProbe(new ProbeResult(probe.K, edges(probe.K), 1, probe.K >= smallest ? 0.1 : 0.5, 1, 0))
                : new RecordCircuit((CircuitResult)FakeResults.Of(job)));
        }
        return (state, probes);

        void Tell(BisectionCommand command) =>
            state = Given.State(state, BisectionState.Apply, Given.Accepts(BisectionState.Decide(state, command)));
    }
}
