namespace Sweeps.Actors.Tests.Simulations;

/// <summary>The orchestrator under simulated faults, and what judges it.</summary>
public class SimulatorTests
{
    private const int Seeds = 300;

    [Fact]
    public void No_promise_is_broken_whatever_goes_wrong()
    {
        Parallel.For(1, Seeds + 1, seed =>
        {
            var verdict = Verdict.Of((ulong)seed);
            Assert.True(verdict.Violations.Count == 0, $"make simulate SEED={seed}: {string.Join("; ", verdict.Violations)}");
        });
    }

    [Theory]
    [InlineData(nameof(Mutation.NoFence), "late")]
    [InlineData(nameof(Mutation.NoSync), "would not be the present one after a crash")]
    [InlineData(nameof(Mutation.NoRandomState), "the report differs")]
    [InlineData(nameof(Mutation.NoLease), "is of term")]
    public void An_orchestrator_without_one_of_its_safeguards_is_found_out(string mutation, string violation)
    {
        Assert.NotNull(MutationCheck.FirstViolated(Enum.Parse<Mutation>(mutation), violation));
    }

    [Fact]
    public void A_process_that_a_node_left_frozen_when_another_took_over_the_lead_has_ended_before_its_job_is_given_out_again() =>
        Assert.Empty(Verdict.Of(2443).Violations);

    [Fact]
    public void A_seed_repeats_itself_exactly()
    {
        for (var seed = 1UL; seed <= 5; seed++) Assert.Equal(Verdict.Of(seed).Trace, Verdict.Of(seed).Trace);
    }
}
