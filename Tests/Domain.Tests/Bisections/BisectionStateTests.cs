namespace Sweeps.Domain.Tests.Bisections;

public class BisectionStateTests
{
    private static readonly PruneJob _job = Searching.Plan.Prune(4, new PruningHyperparameters { KCoef = 0.5 });
    private static readonly PruneResult _pruned = new(FakeResults.Artifact("masks"), 64, 10, 0.2);
    private static readonly BisectionStarted _started = new(_job, _pruned);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(37)]
    [InlineData(64)]
    public void Probes_lead_to_the_smallest_circuit_that_reaches_the_target(int threshold)
    {
        var state = RunProbes(k => k >= threshold ? 0.1 : 0.3);
        var circuit = Assert.IsType<CircuitJob>(state.NextJob());
        Assert.Equal(threshold, circuit.Probe.K);
        Assert.Equal(state.Probes.Select(p => p.K).Order(), circuit.Curve.Select(p => p.K));
        Assert.Equal((_job.Hyperparameters, _job.Output, _pruned.Masks), (circuit.Hyperparameters, circuit.Output, circuit.Masks));
    }

    [Fact]
    public void The_circuit_ends_the_bisection_with_the_objective_of_its_edges()
    {
        var state = RunProbes(k => k >= 5 ? 0.1 : 0.3);
        var circuit = new CircuitResult(FakeResults.Artifact("circuit"), 5, 15, 0.1, 0.12, 0.99);
        Assert.Equal([new BisectionCompleted(circuit)], Given.Accepts(BisectionState.Decide(state, new RecordCircuit(circuit))));
        var outcome = BisectionState.Apply(state, new BisectionCompleted(circuit)).Outcome(CircuitSize.Edges);
        Assert.Equal((Math.Log10(16), circuit, (string?)null), (outcome.Objective, outcome.Circuit, outcome.Failure));
    }

    [Fact]
    public void Attempts_that_are_lost_are_counted_so_that_no_number_is_used_twice()
    {
        var state = BisectionState.Apply(BisectionState.Initial, _started);
        foreach (var attempt in new[] { 1, 2, 3 })
        {
            var lost = Assert.Single(Given.Accepts(BisectionState.Decide(state, new RecordAttemptLost("its device died"))));
            Assert.Equal(new BisectionAttemptLost(attempt, "its device died"), lost);
            state = BisectionState.Apply(state, Given.Stored(lost));
        }
        Assert.Equal(3, state.LostAttempts);
    }

    [Fact]
    public void The_objective_can_be_that_of_nodes()
    {
        var state = RunProbes(k => k >= 5 ? 0.1 : 0.3);
        var circuit = new CircuitResult(FakeResults.Artifact("circuit"), 5, 15, 0.1, 0.12, 0.99);
        Assert.Equal(Math.Log10(6), BisectionState.Apply(state, new BisectionCompleted(circuit)).Outcome(CircuitSize.Nodes).Objective);
    }

    [Fact]
    public void Losses_that_are_no_numbers_end_it_without_a_circuit_and_as_a_failure()
    {
        var state = RunProbes(_ => double.NaN);
        Assert.True(state.IsDone);
        var outcome = state.Outcome(CircuitSize.Edges);
        Assert.Equal((null, null), (outcome.Objective, outcome.Circuit));
        Assert.Contains("finite loss", outcome.Failure, StringComparison.Ordinal);
        Assert.Equal(64, outcome.Curve[^1].K);
    }

    [Fact]
    public void A_probe_that_was_not_asked_for_is_refused_and_one_that_is_known_adds_nothing()
    {
        Given.Refuses("expected 10", Decide(new RecordProbe(Probe(3, 0.1)), _started));
        Given.DoesNothing(Decide(new RecordProbe(Probe(10, 0.1)), _started, new ProbeRecorded(Probe(10, 0.1))));
        Given.Refuses(
            "before its probes", Decide(new RecordCircuit(new CircuitResult(FakeResults.Artifact("c"), 1, 1, 0, 0, 0)), _started));
    }

    [Fact]
    public void A_probe_that_fails_by_its_own_fault_ends_it()
    {
        Assert.Equal([new BisectionFailed("bad masks")], Given.Accepts(Decide(new RecordBisectionFailure("bad masks"), _started)));
        Given.DoesNothing(Decide(new RecordBisectionFailure("bad masks"), _started, new BisectionFailed("bad masks")));
        Assert.Equal("bad masks", State(_started, new BisectionFailed("bad masks")).Outcome(CircuitSize.Edges).Failure);
    }

    [Fact]
    public void It_begins_once()
    {
        Assert.Equal([_started], Given.Accepts(Decide(new BeginBisection(_job, _pruned))));
        Given.DoesNothing(Decide(new BeginBisection(_job, _pruned), _started));
        Given.Refuses("not begun", Decide(new RecordProbe(Probe(10, 0.1))));
    }

    [Fact]
    public void With_a_margin_the_circuit_must_do_better_than_the_target()
    {
        var job = _job with { Options = _job.Options with { TargetLoss = 0.15, Margin = 0.05 } };
        var state = RunProbes(k => k >= 37 ? 0.09 : k >= 20 ? 0.11 : 0.3, new BisectionStarted(job, _pruned));
        Assert.Equal(37, Assert.IsType<CircuitJob>(state.NextJob()).Probe.K);
    }

    private static BisectionState RunProbes(Func<int, double> loss, BisectionStarted? started = null)
    {
        var state = State(started ?? _started);
        while (state.NextJob() is ProbeJob job)
            foreach (var e in Given.Accepts(BisectionState.Decide(state, new RecordProbe(Probe(job.K, loss(job.K))))))
                state = BisectionState.Apply(state, Given.Stored(e));
        return state;
    }

    private static ProbeResult Probe(int k, double loss) => new(k, 3 * k, loss, loss, 1, 0);

    private static Decision<BisectionEvent> Decide(BisectionCommand command, params BisectionEvent[] given) =>
        BisectionState.Decide(State(given), command);

    private static BisectionState State(params BisectionEvent[] events) =>
        Given.State(BisectionState.Initial, BisectionState.Apply, events);
}
