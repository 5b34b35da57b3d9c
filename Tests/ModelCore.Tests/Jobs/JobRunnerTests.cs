using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Torch;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Jobs;

[Collection(TorchCollection.Name)]
public sealed class JobRunnerTests(TinySweep sweep) : IClassFixture<TinySweep>, IDisposable
{
    private readonly JobRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private T Run<T>(Job job, TestContext? context = null) where T : JobResult =>
        (T)_runner.Run(job, context ?? new TestContext(sweep.Root));

    [Fact]
    public void Every_kind_of_job_can_be_run_and_nothing_else() => JobHandlers.Check();

    [Fact]
    public void A_pruning_is_probed_bisected_and_written_as_a_circuit_that_says_what_was_measured()
    {
        var job = sweep.PruneJob("whole");
        var pruned = Run<PruneResult>(job);
        Assert.Equal(sweep.Nodes, pruned.Nodes);
        Assert.InRange(pruned.Kept, 0, pruned.Nodes);

        var target = 0.69;
        var probes = new List<ProbeResult>();
        while (BisectionPlan.Next(target, pruned.Nodes, pruned.Kept, probes) is { } k)
            probes.Add(Run<ProbeResult>(new ProbeJob(job, pruned.Masks, k)));
        var best = BisectionPlan.Best(target, probes)!;
        var circuitJob = new CircuitJob(job, pruned.Masks, best, probes);
        var result = Run<CircuitResult>(circuitJob);

        var circuit = CircuitFile.Load(Path.Combine(sweep.Root, result.Circuit.Path));
        Assert.Equal(best.K, result.Nodes);
        Assert.Equal(best.Edges, result.Edges);
        Assert.Equal(best.K, circuit.Nodes.Sum(n => n.Channels.Count));
        Assert.Equal(best.Edges, circuit.Edges.Count);
        Assert.Equal(best.Loss, circuit.Losses.Validation);
        Assert.Equal(result.TestLoss, circuit.Losses.Test);
        Assert.Equal(probes.Select(p => p.K).Order(), circuit.Curve.Select(p => p.K));
        Assert.Equal(("\"", "'"), (circuit.Tokens.A.Token[..1], circuit.Tokens.B.Token[..1]));
        Assert.Equal(result.Circuit, Run<CircuitResult>(circuitJob).Circuit);
    }

    [Fact]
    public void What_the_last_norm_reads_is_nodes_where_that_is_asked_for_from_masks_to_the_validated_circuit()
    {
        var job = sweep.PruneJob("final");
        job = job with { Options = job.Options with { FinalResid = true } };
        var pruned = Run<PruneResult>(job);
        Assert.Equal(sweep.Nodes + 32, pruned.Nodes);
        Assert.Equal(pruned.Nodes, Run<PruneResult>(job with { Output = "final-attribution", Method = PruningMethod.Attribution }).Nodes);
        var none = Run<ProbeResult>(new ProbeJob(job, pruned.Masks, 0));
        // Nothing of the prompt reaches the logits, but by the bigram table.
        Assert.True(none.Loss > 0.6, $"{none.Loss}");
        var probe = Run<ProbeResult>(new ProbeJob(job, pruned.Masks, pruned.Nodes / 2));
        var result = Run<CircuitResult>(new CircuitJob(job, pruned.Masks, probe, [probe]));
        var circuit = CircuitFile.Load(Path.Combine(sweep.Root, result.Circuit.Path));
        var kept = Assert.Single(circuit.Nodes, at => at.Location == "final_resid");
        Assert.Equal(kept.Channels, circuit.Tokens.Unembeddings.Select(u => u.Channel));
        var validated = Run<ValidationResult>(new ValidateJob(job, result.Circuit) { Output = "validations/final" });
        Assert.Equal(result.TestLoss, validated.Sufficiency);
        Assert.Equal(
            result.Edges >= 1 ? 1 : 0,
            Run<CircuitResult>(new PruneEdgesJob(job, result.Circuit) { Output = "edges/final" }).Edges > 0 ? 1 : 0);
    }

    [Fact]
    public void A_curve_goes_on_from_a_circuit_and_has_that_circuit_at_its_own_target()
    {
        var job = sweep.PruneJob("curve");
        var pruned = Run<PruneResult>(job);
        var target = Run<ProbeResult>(new ProbeJob(job, pruned.Masks, pruned.Nodes)).Loss; // so that some circuit reaches it
        var probes = new List<ProbeResult>();
        while (BisectionPlan.Next(target, pruned.Nodes, pruned.Kept, probes) is { } k)
            probes.Add(Run<ProbeResult>(new ProbeJob(job, pruned.Masks, k)));
        var circuit = Run<CircuitResult>(new CircuitJob(job, pruned.Masks, BisectionPlan.Best(target, probes)!, probes));

        var context = new TestContext(sweep.Root);
        var curveJob = new CurveJob(job, circuit.Circuit, [1e-6, target]) { Output = "curves/of" };
        var curve = Run<CurveResult>(curveJob, context);

        Assert.Equal([target, 1e-6], curve.Points.Select(p => p.Target));
        Assert.Equal(
            (circuit.Nodes, circuit.Edges, circuit.ValidationLoss),
            (curve.Points[0].Smallest!.K, curve.Points[0].Smallest!.Edges, curve.Points[0].Smallest!.Loss));
        Assert.Null(curve.Points[1].Smallest);
        Assert.Contains(pruned.Nodes, curve.Probes.Select(p => p.K)); // what shows that a target cannot be reached
        Assert.Equal(curve.Probes.Select(p => p.K).Order().Distinct(), curve.Probes.Select(p => p.K));
        Assert.All(curve.Probes, p => Assert.Equal(Run<ProbeResult>(new ProbeJob(job, pruned.Masks, p.K)), p));
        Assert.All(context.Progress, p => Assert.Equal((1, 2), (p.Step, p.Steps)));
        var failed = Assert.Throws<JobFailedException>(() => _runner.Run(curveJob with { TaskSeed = 99 }, context));
        Assert.Contains("with seed 4: expected single_double_quote with seed 99", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeping_all_nodes_is_the_whole_model_and_keeping_none_has_no_edges()
    {
        var job = sweep.PruneJob("ends");
        var pruned = Run<PruneResult>(job);
        var all = Run<ProbeResult>(new ProbeJob(job, pruned.Masks, pruned.Nodes));
        var none = Run<ProbeResult>(new ProbeJob(job, pruned.Masks, 0));
        var whole = Run<EvaluateResult>(new EvaluateJob(job));
        Assert.Equal(whole.ValidationLoss, all.LossBefore, 6);
        // Fitted on the train pairs: no better on the validation pairs than what was fitted on these, and another loss than without a fit.
        Assert.True(whole.CalibratedLoss >= all.Loss - 1e-6 && whole.CalibratedLoss != whole.ValidationLoss);
        Assert.Equal(0, none.Edges);
        Assert.True(all.Edges > 1000 && all.Loss <= all.LossBefore && none.Loss <= none.LossBefore);
        var failed = Assert.Throws<JobFailedException>(() => Run<ProbeResult>(new ProbeJob(job, pruned.Masks, pruned.Nodes + 1)));
        Assert.Equal(FailureKind.Program, failed.Kind); // no plan asks for more nodes than there are
    }

    [Fact]
    public void The_loss_over_the_whole_vocabulary_is_larger_and_falls_with_training_of_the_masks()
    {
        var job = sweep.PruneJob("vocabulary");
        var wide = job with { Options = job.Options with { WholeVocabularyLoss = true } };
        var pruned = Run<PruneResult>(wide);
        var two = Run<ProbeResult>(new ProbeJob(job, pruned.Masks, pruned.Nodes));
        var all = Run<ProbeResult>(new ProbeJob(wide, pruned.Masks, pruned.Nodes));
        Assert.True(all.LossBefore > two.LossBefore, $"{all.LossBefore} against {two.LossBefore}");
        Assert.True(all.Loss <= all.LossBefore);
        Assert.Equal(two.Edges, all.Edges);
    }

    [Fact]
    public void A_resumed_pruning_is_bit_identical_to_an_uninterrupted_one()
    {
        var job = sweep.PruneJob("resume");
        var context = new TestContext(sweep.Root);
        var whole = Run<PruneResult>(job, context);
        Assert.Equal([5, 10], context.Checkpoints.Select(c => c.Step));
        using var fresh = new JobRunner();
        foreach (var (_, checkpoint) in context.Checkpoints)
            Assert.Equal(whole, fresh.Run(job, new TestContext(sweep.Root, checkpoint)));
    }

    [Fact]
    public void A_lost_checkpoint_costs_work_and_changes_nothing()
    {
        var job = sweep.PruneJob("lost");
        var whole = Run<PruneResult>(job);
        var context = new TestContext(sweep.Root, new ArtifactRef("lost/gone.checkpoint", "00", 1));
        Assert.Equal(whole, Run<PruneResult>(job, context));
        Assert.Contains("gone.checkpoint", context.Progress[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_pruning_checkpoints_and_goes_on_to_the_same_masks()
    {
        var job = sweep.PruneJob("cancel");
        var whole = Run<PruneResult>(job);
        using var cancel = new CancellationTokenSource();
        var context = new TestContext(sweep.Root, null, cancel.Token)
        {
            OnProgress = p =>
            {
                if (p.Step == 7) cancel.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => _runner.Run(job, context));
        var (step, checkpoint) = context.Checkpoints[^1];
        Assert.Equal(7, step);
        Assert.Equal(whole, Run<PruneResult>(job, new TestContext(sweep.Root, checkpoint)));
    }

    [Fact]
    public void A_resumed_edge_pruning_is_bit_identical_to_an_uninterrupted_one()
    {
        var pruning = sweep.PruneJob("nodes");
        var pruned = Run<PruneResult>(pruning);
        var probe = Run<ProbeResult>(new ProbeJob(pruning, pruned.Masks, pruned.Nodes / 2));
        var circuit = Run<CircuitResult>(new CircuitJob(pruning, pruned.Masks, probe, [probe]));
        var job = new PruneEdgesJob(pruning, circuit.Circuit)
        {
            Output = "edges",
            Seed = 7,
            Options = pruning.Options with { TargetLoss = 0.69 },
        };
        var context = new TestContext(sweep.Root);
        var whole = Run<CircuitResult>(job, context);
        Assert.Equal([5, 10], context.Checkpoints.Select(c => c.Step));
        var curve = CircuitFile.Load(Path.Combine(sweep.Root, whole.Circuit.Path)).Curve;
        Assert.True(curve.Count > 2);
        using var fresh = new JobRunner();
        foreach (var (_, checkpoint) in context.Checkpoints)
            Assert.Equal(whole, fresh.Run(job, new TestContext(sweep.Root, checkpoint)));

        // In the middle of the bisection, the masks' training over.
        using var cancel = new CancellationTokenSource();
        var reports = 0;
        var interrupted = new TestContext(sweep.Root, null, cancel.Token)
        {
            OnProgress = p =>
            {
                if (p.Steps != job.Options.Steps && ++reports == 2) cancel.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => _runner.Run(job, interrupted));
        Assert.Equal(whole, Run<CircuitResult>(job, new TestContext(sweep.Root, interrupted.Checkpoints[^1].Checkpoint)));
    }

    [Fact]
    public void Seeds_decide_masks_and_nothing_else_does()
    {
        var one = Run<PruneResult>(sweep.PruneJob("a", seed: 8));
        var same = Run<PruneResult>(sweep.PruneJob("b", seed: 8));
        var other = Run<PruneResult>(sweep.PruneJob("c", seed: 9));
        Assert.Equal(one.Masks.Sha256, same.Masks.Sha256);
        Assert.NotEqual(one.Masks.Sha256, other.Masks.Sha256);
    }

    [Fact]
    public void Damaged_inputs_are_refused_by_name_as_the_worlds_fault()
    {
        var job = sweep.PruneJob("damaged");
        var model = Path.Combine(sweep.Root, "copy.safetensors");
        var bytes = File.ReadAllBytes(Path.Combine(sweep.Root, sweep.Trained.Model.Path));
        bytes[^1] ^= 1;
        File.WriteAllBytes(model, bytes);
        var failed = Assert.Throws<JobFailedException>(
            () => _runner.Run(job with { Model = job.Model with { Path = "copy.safetensors" } }, new TestContext(sweep.Root)));
        Assert.Equal(FailureKind.World, failed.Kind);
        Assert.Contains(model, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_hyperparameters_options_and_tasks_are_the_works_fault()
    {
        var job = sweep.PruneJob("bad");
        Job[] bad =
        [
            job with { Hyperparameters = job.Hyperparameters with { Lr = double.NaN } },
            job with { Options = job.Options with { Steps = 0 } },
            job with { Task = "double_single_quote" },
        ];
        foreach (var (work, word) in bad.Zip(["lr is NaN", "steps is 0", "single_double_quote"]))
        {
            var failed = Assert.Throws<JobFailedException>(() => _runner.Run(work, new TestContext(sweep.Root)));
            Assert.Equal(FailureKind.Work, failed.Kind);
            Assert.Contains(word, failed.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_task_that_is_not_valid_is_the_works_fault_and_an_output_outside_the_folder_the_programs()
    {
        var job = sweep.PruneJob("kinds");
        JobFailedException Failure(Job failing, TestContext context) =>
            Assert.Throws<JobFailedException>(() => _runner.Run(failing, context));
        var unknown = job with { OwnTask = new TaskTemplate { Rule = "r", Prompts = ["no sides"], CompletionA = "a", CompletionB = "b" } };
        var refused = Failure(new EvaluateJob(unknown), new TestContext(sweep.Root));
        Assert.Equal(FailureKind.Work, refused.Kind);
        Assert.Contains("the same for A and B", refused.Message, StringComparison.Ordinal);
        var outside = Failure(job with { Output = "../outside" }, new TestContext(sweep.Root));
        Assert.Equal(FailureKind.Program, outside.Kind);
        Assert.Contains("ArgumentException: artifact path '../outside", outside.Message, StringComparison.Ordinal);
        // Which of its methods are on the stack is up to the compiler, which may put one into another.
        Assert.Contains(" at Sweeps.", outside.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_of_one_s_own_is_what_its_templates_say_not_its_name()
    {
        static TaskTemplate Own(string prompt) => new() { Rule = "r", Prompts = [prompt], CompletionA = " in", CompletionB = ":\n" };
        var job = new EvaluateJob(sweep.PruneJob("own")) { Task = "mine", OwnTask = Own("$lines$<for|while> $item") };
        var loss = Run<EvaluateResult>(job).TestLoss;
        Assert.Equal(loss, Run<EvaluateResult>(job with { OwnTask = Own("$lines$<for|while> $item") }).TestLoss);
        Assert.NotEqual(loss, Run<EvaluateResult>(job with { OwnTask = Own("$lines$<while|for> $item") }).TestLoss);
    }

    [Fact]
    public void No_tensor_outlives_the_runner()
    {
        var before = Tensor.TotalCount;
        using (var runner = new JobRunner())
        {
            var job = sweep.PruneJob("leaks");
            var pruned = (PruneResult)runner.Run(job, new TestContext(sweep.Root));
            runner.Run(new ProbeJob(job, pruned.Masks, 50), new TestContext(sweep.Root));
            runner.Run(new EvaluateJob(job), new TestContext(sweep.Root));
            var loaded = Tensor.TotalCount;
            runner.Run(job, new TestContext(sweep.Root));
            runner.Run(new ProbeJob(job, pruned.Masks, 20), new TestContext(sweep.Root));
            Assert.Equal(loaded, Tensor.TotalCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
