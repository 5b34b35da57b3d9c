using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

public class MemoryNeedsTests
{
    private static readonly PruneJob _small = Searching.Plan.Prune(0, new PruningHyperparameters());
    private static readonly PruneJob _large = _small with { Model = _small.Model with { Bytes = _small.Model.Bytes + 1 } };

    [Fact]
    public void Jobs_of_one_kind_and_size_need_a_tenth_more_than_the_largest_has_taken()
    {
        var (small, other) = (Ticket("a", _small), Ticket("b", _small with { Seed = 5 }));
        var needs = MemoryNeeds.None.With(small, "gpu", 100, 0, 1000).With(small, "gpu", 200, 100, 1000).With(small, "gpu", 150, 0, 1000);
        Assert.Equal(220, needs.Of(other, "gpu"));
        Assert.True(needs.Of(Ticket("c", _large), "gpu") > 1000);
        Assert.True(needs.Of(small, "another gpu") > 1000);
        var after = needs.Suspect(small);
        Assert.Equal(220, after.Of(other, "gpu"));
        Assert.True(after.Of(small, "gpu") > 1000);
        Assert.Equal(330, after.With(small, "gpu", 300, 0, 1000).Of(small, "gpu"));
    }

    [Fact]
    public void A_process_that_has_not_grown_says_nothing_new_of_what_is_known()
    {
        var small = Ticket("a", _small);
        Assert.Equal(110, MemoryNeeds.None.With(small, "gpu", 100, 0, 1000).With(small, "gpu", 500, 500, 1000).Of(small, "gpu"));
    }

    [Fact]
    public void What_has_not_grown_for_a_minute_is_told_once_and_again_when_it_grows_and_at_the_end()
    {
        var watch = new MemoryWatch();
        watch.Begin();
        List<(int Second, long Peak)> told = [];
        for (var second = 1; second <= 200; second++)
        {
            var used = second < 10 ? second * 10 : second < 150 ? 100 : 120;
            if (watch.See(used, TimeSpan.FromSeconds(second), second == 200) is (true, var peak)) told.Add((second, peak));
        }
        Assert.Equal([(70, 100), (150, 120), (200, 120)], told);
    }

    [Fact]
    public void A_job_without_room_is_passed_over_by_none_on_its_devices_and_by_those_on_others()
    {
        var state = BrokerState.Initial.Ready("gpu-1", ActorRefs.Nobody, "cuda", "gpu").Ready("gpu-2", ActorRefs.Nobody, "cuda", "gpu");
        state = state.Enqueue(Ticket("first", _small));
        state = state.Assign(state.Next()!).Measured("gpu-1", 100, 1000);
        // Known and small, behind one that is not known: it waits.
        state = state.Enqueue(Ticket("unknown", _large, "a")).Enqueue(Ticket("known", _small, "b"));
        Assert.Null(state.Next());
        Assert.Empty(state.InTheWay());
        Assert.Equal("known", state.Withdraw(new TicketKey("a", new TrialId("unknown")), 1).Next()!.Ticket.Trial.Value);
        Assert.Equal("cpu-1", state.Ready("cpu-1", ActorRefs.Nobody, "cpu").Next()!.Device.Name);
        // When the first is done its process still holds memory, which would spoil the measurement: it begins anew.
        state = state.Free("gpu-1");
        Assert.Null(state.Next());
        Assert.Equal("gpu-1", Assert.Single(state.InTheWay()).Name);
        state = state.Down("gpu-1");
        Assert.Equal(("unknown", "gpu-2"), (state.Next()!.Ticket.Trial.Value, state.Next()!.Device.Name));
    }

    private static JobTicket Ticket(string trial, Job job, string sweep = "sweep") =>
        new(sweep, new TrialId(trial), 1, job, null, ActorRefs.Nobody);
}
