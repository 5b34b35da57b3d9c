using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class CircuitCurveTests : TorchTest
{
    private static readonly PruningOptions _options = new();

    /// <summary>The planted model and its task, and a ranking in which the planted nodes come after some that say nothing.</summary>
    private sealed class Planted : IDisposable
    {
        private readonly FrozenModel _model = PlantedCircuit.Model();
        private readonly TaskData _task = new(split => PlantedCircuit.Pairs(64, (ulong)split), 16, torch.CPU);
        private readonly int[] _order;

        public Planted()
        {
            int[] planted = [.. PlantedCircuit.Nodes.Select(n => _model.Layout.Offset(n.Location) + n.Channel)];
            int[] others = [.. Enumerable.Range(0, Nodes).Except(planted)];
            _order = [.. others[..10], .. planted, .. others[10..]];
        }

        public int Nodes => _model.Layout.Count;

        public List<ProbeResult> Bisect(double target)
        {
            var probes = new List<ProbeResult>();
            while (BisectionPlan.Next(target, Nodes, 20, probes) is { } k)
                probes.Add(CircuitProbe.Run(_model, _task, _order, k, _options, new TestContext("")));
            return probes;
        }

        public CurveResult Curve(
            IReadOnlyList<ProbeResult> begun, IReadOnlyList<double> targets, TestContext? context = null, string model = "00")
        {
            var circuit = PlantedCircuit.File(PlantedCircuit.Nodes, model) with { Curve = begun, NodeCount = 20 };
            return CircuitCurve.Run(
                new CurveJob(PlantedCircuit.Job, PlantedCircuit.None, targets), circuit, _model, _task, _order,
                context ?? new TestContext(""));
        }

        public void Dispose()
        {
            _model.Dispose();
            _task.Dispose();
        }
    }

    [Fact]
    public void Each_target_gets_what_a_bisection_of_its_own_finds_and_an_unreachable_one_nothing()
    {
        using var planted = new Planted();
        var own = planted.Bisect(_options.TargetLoss);
        var curve = planted.Curve(own, [0.02, 0.15, 0.7, 0.5, 1e-30]);

        Assert.Equal([0.7, 0.5, 0.15, 0.02, 1e-30], curve.Points.Select(p => p.Target));
        Assert.Equal(BisectionPlan.Best(_options.TargetLoss, own), curve.Points[2].Smallest);
        Assert.Equal(13, curve.Points[2].Smallest!.K); // the last of the planted nodes
        foreach (var point in curve.Points.SkipLast(1))
            Assert.Equal(BisectionPlan.Best(point.Target, planted.Bisect(point.Target)), point.Smallest);
        Assert.Null(curve.Points[^1].Smallest);
        Assert.Equal(curve.Probes.Select(p => p.K).Distinct().Order(), curve.Probes.Select(p => p.K));
        Assert.Subset(curve.Probes.ToHashSet(), own.ToHashSet());
        Assert.Equal(planted.Nodes, curve.Probes[^1].K);
    }

    [Fact]
    public void What_the_pruning_has_probed_is_not_probed_again()
    {
        using var planted = new Planted();
        var context = new TestContext("");
        var own = planted.Bisect(_options.TargetLoss);
        Assert.Equal(BisectionPlan.Curve(own), planted.Curve(own, [_options.TargetLoss], context).Probes);
        Assert.Empty(context.Progress);
    }

    [Fact]
    public void A_curve_stops_when_it_is_cancelled_and_refuses_a_circuit_of_another_model()
    {
        using var planted = new Planted();
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => planted.Curve([], [0.1], new TestContext("", null, cancel.Token)));
        var error = Assert.Throws<InvalidDataException>(() => planted.Curve([], [0.1], model: "11"));
        Assert.Contains("is a circuit of the model 11: expected 00", error.Message, StringComparison.Ordinal);
    }
}
