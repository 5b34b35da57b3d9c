using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

public class BrokerStateTests
{
    private static readonly PruneJob _prune = Searching.Plan.Prune(0, new PruningHyperparameters());
    private static readonly TrainJob _train = new()
    {
        Output = "models/m",
        Seed = 1,
        Model = new(),
        Training = new(),
        Corpus = FakeResults.Prepared.Corpus,
    };

    [Fact]
    public void A_device_that_holds_the_model_gets_its_jobs()
    {
        var state = Broker("cpu-0", "cpu-1").Enqueue(Ticket("a", Prune("model-1")));
        state = state.Assign(state.Next()!); // cpu-0 now holds model-1
        state = state.Enqueue(Ticket("b", Prune("model-2")));
        state = state.Assign(state.Next()!); // cpu-1 now holds model-2
        state = state.Free("cpu-0").Free("cpu-1").Enqueue(Ticket("c", Prune("model-2"))).Enqueue(Ticket("d", Prune("model-1")));
        Assert.Equal("cpu-1", state.Next()!.Device.Name);
        state = state.Assign(state.Next()!);
        Assert.Equal(("cpu-0", "d"), (state.Next()!.Device.Name, state.Next()!.Ticket.Trial.Value));
    }

    [Fact]
    public void Otherwise_stages_go_in_order_and_what_finishes_a_pruning_before_new_ones_and_then_age_decides()
    {
        var probe = new ProbeJob(_prune, _prune.MeanCache, 3);
        var state = Broker("cpu-0").Enqueue(Ticket("prune-1", _prune)).Enqueue(Ticket("prune-2", _prune)).Enqueue(
            Ticket("probe", probe)).Enqueue(Ticket("train", _train));
        List<string> order = [];
        while (state.Next() is { } next)
        {
            order.Add(next.Ticket.Trial.Value);
            // A fresh process each time, so that nothing is held.
            state = state.Assign(next).Down("cpu-0").Ready("cpu-0", ActorRefs.Nobody);
        }
        Assert.Equal(["train", "probe", "prune-1", "prune-2"], order);
    }

    [Fact]
    public void Trainings_that_are_compared_go_in_the_order_of_their_list_whichever_asks_first()
    {
        var state = Broker("cpu-0");
        foreach (var (name, turn) in new[] { ("b-2", 2), ("a-1", 1), ("b-0", 0), ("a-0", 0), ("b-1", 1) })
            state = state.Enqueue(Ticket(name, _train) with { Turn = turn });
        List<string> order = [];
        while (state.Next() is { } next)
        {
            order.Add(next.Ticket.Trial.Value);
            state = state.Assign(next).Free("cpu-0");
        }
        Assert.Equal(["b-0", "a-0", "a-1", "b-1", "b-2"], order);
    }

    [Fact]
    public void Sweeps_share_devices_evenly_whatever_they_queue_first()
    {
        var state = Broker("cpu-0", "cpu-1", "cpu-2", "cpu-3");
        for (var i = 0; i < 8; i++) state = state.Enqueue(Ticket($"big-{i}", _train, "big"));
        for (var i = 0; i < 2; i++) state = state.Enqueue(Ticket($"small-{i}", _prune, "small"));
        while (state.Next() is { } next) state = state.Assign(next);
        Assert.Equal(2, state.Devices.Values.Count(d => d.Running!.Sweep == "small"));
    }

    [Fact]
    public void Sweeps_share_devices_by_weight_and_a_higher_priority_comes_first()
    {
        var state = Broker([.. Enumerable.Range(0, 8).Select(i => $"cpu-{i}")]);
        for (var i = 0; i < 8; i++) state = state.Enqueue(Ticket($"a-{i}", _train, "a")).Enqueue(Ticket($"b-{i}", _train, "b"));
        Assert.Equal(6, Given(state, ("a", new SweepTerms(Weight: 3))));
        Assert.Equal(4, Given(state, ("a", new SweepTerms(Weight: 2)), ("b", new SweepTerms(Weight: 2))));
        Assert.Equal(8, Given(state, ("a", new SweepTerms(Weight: 0.1, Priority: 1))));
        Assert.Equal(3, Given(state, ("a", new SweepTerms(Priority: 1, MostJobs: 3))));

        static int Given(BrokerState state, params (string Sweep, SweepTerms Terms)[] terms)
        {
            state = state with { Terms = state.Terms.SetItems(terms.Select(t => KeyValuePair.Create(t.Sweep, t.Terms))) };
            while (state.Next() is { } next) state = state.Assign(next);
            return state.Devices.Values.Count(d => d.Running?.Sweep == "a");
        }
    }

    [Fact]
    public void A_sweep_runs_on_devices_of_its_kind_only_and_on_none_until_it_has_one()
    {
        var state = BrokerState.Initial.Ready("a", ActorRefs.Nobody, "cpu").Ready("b", ActorRefs.Nobody, "cuda")
            .Enqueue(Ticket("t-1", _train)).Enqueue(Ticket("t-2", _train));
        var sweep = Ticket("t-1", _train).Sweep;
        BrokerState With(SweepTerms terms) => state with { Terms = state.Terms.SetItem(sweep, terms) };
        Assert.Null(With(new SweepTerms(IsServed: false)).Next());
        var next = With(new SweepTerms(Kind: "cuda")).Next()!;
        Assert.Equal("b", next.Device.Name);
        Assert.Null(With(new SweepTerms(Kind: "cuda")).Assign(next).Next());
        Assert.Null(With(new SweepTerms(Kind: "tpu")).Next());
    }

    [Fact]
    public void A_leaving_device_ends_what_it_runs_and_gets_nothing_more()
    {
        var state = Broker("cpu-0", "cpu-1").Enqueue(Ticket("a", _train));
        state = state.Assign(state.Next()!).Leave("cpu-0").Leave("cpu-1").Enqueue(Ticket("b", _train));
        Assert.Null(state.Next());
        Assert.Null(state.Free("cpu-0").Next());
        // As a new process it is welcome.
        Assert.Equal("b", state.Free("cpu-0").Down("cpu-0").Ready("cpu-0", ActorRefs.Nobody).Next()!.Ticket.Trial.Value);
    }

    [Fact]
    public void A_held_sweep_and_a_draining_node_hand_out_nothing()
    {
        var state = Broker("cpu-0").Enqueue(Ticket("a", _train));
        Assert.Null((state with { Held = ["sweep"] }).Next());
        Assert.Null((state with { IsDraining = true }).Next());
        Assert.NotNull(state.Next());
    }

    [Fact]
    public void A_newer_attempt_takes_the_place_of_an_older_one_and_a_withdrawn_one_is_gone()
    {
        var state = Broker().Enqueue(Ticket("a", _train)).Enqueue(Ticket("a", _train) with { Attempt = 2 });
        Assert.Equal(2, Assert.Single(state.Queue).Attempt);
        Assert.Single(state.Withdraw(Key("a"), 1).Queue);
        Assert.Empty(state.Withdraw(Key("a"), 2).Queue);
    }

    [Fact]
    public void Trials_of_one_name_in_two_sweeps_have_nothing_to_do_with_each_other()
    {
        var state = Broker("cpu-0", "cpu-1").Enqueue(Ticket("a", _train, "one")).Enqueue(Ticket("a", _train, "two"));
        Assert.Equal(2, state.Queue.Count);
        state = state.Assign(state.Next()!);
        Assert.Null(state.RunningOn(Key("a", "two")));
        state = state.Assign(state.Next()!);
        Assert.Equal(["one", "two"], state.Devices.Values.Select(device => device.Running!.Sweep));
        state = state.Enqueue(Ticket("a", _train, "one") with { Attempt = 2 }).Free("cpu-1");
        Assert.Equal((Key("a", "one"), 2), (Assert.Single(state.Deferred).Key, state.Deferred[Key("a", "one")].Attempt));
        Assert.Single(state.Withdraw(Key("a", "two"), 2).Deferred);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_newer_attempt_waits_until_the_device_of_the_older_one_has_ended_it(bool dies)
    {
        var state = Broker("cpu-0", "cpu-1").Enqueue(Ticket("a", _train));
        state = state.Assign(state.Next()!).Enqueue(Ticket("a", _train) with { Attempt = 2 });
        Assert.Null(state.Next());
        Assert.Empty(state.Withdraw(Key("a"), 2).Free("cpu-0").Queue);
        state = state.Withdraw(Key("a"), 1);
        state = dies ? state.Down("cpu-0") : state.Free("cpu-0");
        Assert.Equal(("a", 2), (state.Next()!.Ticket.Trial.Value, state.Next()!.Ticket.Attempt));
        Assert.Empty(state.Deferred);
    }

    [Fact]
    public void No_job_is_lost_or_given_twice_while_devices_come_and_go()
    {
        var random = new KeyedRandom(5, "broker");
        var state = Broker("cpu-0", "cpu-1", "cpu-2");
        HashSet<string> given = [], done = [];
        for (var i = 0; i < 200; i++)
        {
            state = state.Enqueue(Ticket($"t{i}", random.Next(2) == 0 ? _train : Prune($"model-{random.Next(3)}")));
            while (state.Next() is { } next)
            {
                Assert.True(given.Add(next.Ticket.Trial.Value));
                state = state.Assign(next);
            }
            var device = state.Devices.Values.ElementAt(random.Next(3));
            if (device.Running is null) continue;
            done.Add(device.Running.Trial.Value);
            state = random.Next(4) == 0 ? state.Down(device.Name).Ready(device.Name, device.Actor) : state.Free(device.Name);
        }
        Assert.Equal(200, given.Count + state.Queue.Count);
        Assert.Equal(given.Count, done.Count + state.Devices.Values.Count(d => d.Running is not null));
    }

    [Fact]
    public void Running_and_waiting_jobs_share_the_cores_up_to_one_per_device()
    {
        var state = Broker("cpu-0", "cpu-1", "cpu-2");
        List<int> sharing = [state.Sharing];
        for (var i = 0; i < 5; i++)
        {
            state = state.Enqueue(Ticket($"t{i}", _train));
            sharing.Add(state.Sharing);
            if (state.Next() is { } next) state = state.Assign(next);
            Assert.Equal(sharing[^1], state.Sharing);
        }
        state = state.Free("cpu-1").Withdraw(Key("t3"), 1).Withdraw(Key("t4"), 1);
        Assert.Equal([0, 1, 2, 3, 3, 3, 2], [.. sharing, state.Sharing]);
    }

    private static BrokerState Broker(params string[] devices) =>
        devices.Aggregate(BrokerState.Initial, (s, d) => s.Ready(d, ActorRefs.Nobody));

    private static TicketKey Key(string trial, string sweep = "sweep") => new(sweep, new TrialId(trial));

    private static JobTicket Ticket(string trial, Job job, string sweep = "sweep") =>
        new(sweep, new TrialId(trial), 1, job, null, ActorRefs.Nobody);

    private static PruneJob Prune(string model) => _prune with { Model = new ArtifactRef("model", model, 1) };
}
