namespace Sweeps.Contracts.Tests;

public class BisectionPlanTests
{
    private const double Target = 0.15;

    private static ProbeResult Probe(int k, double loss) => new(k, Edges: 3 * k, LossBefore: loss, Loss: loss, Scale: 1, Shift: 0);

    private static List<ProbeResult> RunPlan(int nodes, int kept, Func<int, double> loss)
    {
        var probes = new List<ProbeResult>();
        while (BisectionPlan.Next(Target, nodes, kept, probes) is { } k)
        {
            Assert.InRange(k, 0, nodes);
            Assert.DoesNotContain(probes, p => p.K == k);
            probes.Add(Probe(k, loss(k)));
        }
        return probes;
    }

    [Fact]
    public void A_falling_loss_gives_the_smallest_size_that_reaches_the_target_whatever_the_start()
    {
        var random = new KeyedRandom(1, "bisection");
        for (var trial = 0; trial < 500; trial++)
        {
            var nodes = 1 + random.Next(5000);
            var smallest = random.Next(nodes + 1);
            var probes = RunPlan(nodes, random.Next(nodes + 1), k => k >= smallest ? 0.1 : 0.5);
            Assert.Equal(smallest, BisectionPlan.Best(Target, probes)!.K);
            Assert.InRange(probes.Count, 1, BisectionPlan.MaxProbes(nodes));
        }
    }

    [Fact]
    public void A_loss_that_jumps_still_ends_at_a_size_that_reaches_the_target_next_to_one_that_misses()
    {
        var random = new KeyedRandom(2, "bisection");
        for (var trial = 0; trial < 500; trial++)
        {
            var nodes = 1 + random.Next(300);
            var losses = Enumerable.Range(0, nodes + 1).Select(_ => random.NextDouble() * 0.3).ToArray();
            var probes = RunPlan(nodes, random.Next(nodes + 1), k => losses[k]);
            var best = BisectionPlan.Best(Target, probes)!;
            if (BisectionPlan.Reaches(best, Target))
                Assert.True(
                    best.K == 0 || probes.Any(p => p.K == best.K - 1 && p.Loss > Target),
                    $"trial {trial}: k − 1 of {best.K} was not probed");
            else
                Assert.Contains(probes, p => p.K == nodes);
            Assert.InRange(probes.Count, 1, BisectionPlan.MaxProbes(nodes));
        }
    }

    [Fact]
    public void A_target_out_of_reach_ends_after_keeping_every_node_with_the_lowest_loss()
    {
        var probes = RunPlan(1000, kept: 10, k => 0.2 + Math.Abs(k - 40) / 1000.0);
        Assert.Contains(probes, p => p.K == 1000);
        Assert.Equal(40, BisectionPlan.Best(Target, probes)!.K);
    }

    [Fact]
    public void The_next_probe_does_not_depend_on_the_order_in_which_probes_arrived()
    {
        List<ProbeResult> probes = [Probe(100, 0.1), Probe(50, 0.5), Probe(75, 0.12)];
        var forward = BisectionPlan.Next(Target, 200, 100, probes);
        probes.Reverse();
        Assert.Equal(62, forward);
        Assert.Equal(forward, BisectionPlan.Next(Target, 200, 100, probes));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_a_miss()
    {
        Assert.Equal(20, BisectionPlan.Next(Target, 100, 10, [Probe(10, double.NaN)]));
        Assert.Null(BisectionPlan.Best(Target, [Probe(10, double.NaN)]));
    }

    [Fact]
    public void A_pruning_that_kept_nothing_starts_with_one_node() => Assert.Equal(1, BisectionPlan.Next(Target, 100, 0, []));

    [Fact]
    public void The_objective_ranks_hits_by_edges_then_misses_by_excess_and_knows_no_number_when_there_is_none()
    {
        var small = Objective.Of(Target, [Probe(10, 0.1), Probe(9, 0.2)]);
        var large = Objective.Of(Target, [Probe(100, 0.15)]);
        var near = Objective.Of(Target, [Probe(100, 0.3), Probe(10, 0.16)]);
        var far = Objective.Of(Target, [Probe(100, 0.3), Probe(10, 0.69)]);
        Assert.Equal(Math.Log10(31), small!.Value, 12);
        Assert.True(small < large && large < near && near < far);
        Assert.Equal(0, Objective.Of(Target, [Probe(0, 0.1)]));
        Assert.Equal(Math.Log10(10), Objective.Of(Target, [Probe(9, 0.1)], CircuitSize.Nodes));
        Assert.Null(Objective.Of(Target, []));
        Assert.Null(Objective.Of(Target, [Probe(3, double.PositiveInfinity)]));
    }
}
