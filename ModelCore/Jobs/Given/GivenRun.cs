using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="GivenJob"/>.</summary>
internal static class GivenRun
{
    internal static GivenResult Run(GivenJob job, JobInputs inputs)
    {
        var digest = SourceFile.Read(job.Source.Path).Sha256;
        if (digest != job.Source.Sha256)
            throw new JobInputException(
                $"{job.Source.Path} is not what the sweep was begun with: SHA-256 {digest}, expected {job.Source.Sha256}");
        var published = VizData.Load(job.Source.Path);
        // A circuit says itself whether what the last norm reads is nodes.
        var options = job.Options with { FinalResid = published.HasFinalResid };
        var (model, task, tokenizer) = inputs.Load(job with { Options = options });
        var kept = published.Kept(model.Layout);
        var probe = CircuitProbe.Of(kept.Count(k => k), CircuitEdges.Count(model, kept), On(TaskSplit.Validation, kept), options);
        var losses = CircuitLosses.Of(probe.LossBefore, new(probe.Loss, probe.Scale, probe.Shift), On(TaskSplit.Test, kept));
        var masks = MaskFile.Save(
            inputs.Store, $"{job.Output}/masks.safetensors", model.Layout, Array.ConvertAll(kept, k => k ? 1f : -1f), job.Model.Sha256);
        var pruning = new PruneJob(job with { Options = options }, new PruningHyperparameters()) { Method = PruningMethod.Given };
        var file = new CircuitBuilder(model, tokenizer, task).Build(new CircuitJob(pruning, masks, probe, [probe]), kept, losses);
        var artifact = inputs.Store.WriteBytes($"{job.Output}/circuit.json", file.ToBytes());
        return new GivenResult(
            new CircuitResult(artifact, file.NodeCount, file.EdgeCount, losses.Validation, losses.Test, losses.TestAccuracy),
            On(TaskSplit.Test, Array.ConvertAll(kept, k => !k)).Loss(1, 0).Loss, published.ModelLoss, published.CircuitLoss,
            Samples(job, options, published, model, tokenizer, kept, inputs.Context));

        TaskLogits On(TaskSplit split, bool[] nodes) =>
            TaskEvaluation.Run(model, task.Rows(split), nodes, options.WholeVocabularyLoss, options.Kernels, inputs.Context);
    }

    private static GivenSamples? Samples(
        GivenJob job, PruningOptions options, VizData published, FrozenModel model, Tokenizer tokenizer, bool[] kept, IJobContext context)
    {
        if (published.Prompts is not var (first, second) || job.Source.Completions is not [var afterFirst, var afterSecond]) return null;
        var (a, b) = (Token(afterFirst), Token(afterSecond));
        var longest = first.Concat(second).Max(prompt => prompt.Length);
        if (longest > model.Config.NCtx)
            throw new JobInputException($"{job.Source.Path} has a sample of {longest} tokens: expected at most n_ctx, {model.Config.NCtx}");
        var largest = first.Concat(second).Max(prompt => prompt.Max());
        if (largest >= model.Config.VocabSize)
            throw new JobInputException(
                $"{job.Source.Path} has the token {largest} in a sample: expected at most {model.Config.VocabSize - 1}");
        List<TaskRows> rows = [];
        try
        {
            var pairs = first.Zip(second).Index().Select(pair => new TokenizedPair(pair.Index, pair.Item.First, pair.Item.Second, a, b));
            rows.AddRange(TaskData.Batches(pairs, model.Device));
            var whole = TaskEvaluation.Run(model, rows, kept: null, wholeVocabulary: false, options.Kernels, context);
            var circuit = TaskEvaluation.Run(model, rows, kept, wholeVocabulary: false, options.Kernels, context);
            return new GivenSamples(
                2 * first.Count, whole.Loss(1, 0).Loss, whole.Accuracy(1, 0), circuit.Loss(1, 0).Loss,
                Calibration.Run(circuit, options.CalibrationSteps, options.CalibrationSmoothing).Loss, circuit.Accuracy(1, 0));
        }
        finally
        {
            foreach (var batch in rows) batch.Dispose();
        }

        int Token(string text) => tokenizer.Encode(text) is [var token]
            ? token
            : throw new JobInputException(
                $"completions of {job.Source.Path} has \"{text}\", which is {tokenizer.Encode(text).Length} tokens: expected one");
    }
}
