using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Interpretability;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="ScoreFeaturesJob"/>.</summary>
internal static class ScoreFeaturesRun
{
    internal static ScoreFeaturesResult Run(ScoreFeaturesJob job, JobInputs inputs)
    {
        JobFailure.ThrowIfAny(job.Options.Validate());
        var (context, store, _) = inputs;
        var device = Devices.Parse(context.Device);
        using var model = ModelFile.Load(store.Verify(job.Model), device);
        if (job.SkipTokens < 0 || job.SkipTokens >= model.Config.NCtx)
        {
            throw new JobInputException(
                $"skip_tokens is {job.SkipTokens}: expected 0 or more, and less than n_ctx, which is {model.Config.NCtx}");
        }
        using var dictionary = DictionaryFile.Load(store.Verify(job.Dictionary), job.ActiveFeatures ?? 1, device);
        if (dictionary.Origin.Location.Name != job.Location || dictionary.Origin.Model != job.Model.Sha256)
            throw new JobInputException($"{job.Dictionary.Path} is not of {job.Location} of this model");
        using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));
        var tokenizer = Tokenizer.Load(store.Verify(job.Corpus.TokenizerEncoder), store.Verify(job.Corpus.TokenizerMerges));

        var passes = 0;
        var activations = new FeatureActivations(model, dictionary, validation, job.Options.Tokens, job.SkipTokens, (done, all) =>
        {
            passes = done;
            Report(done, all + job.Options.Features, "reading activations");
        });
        var alive = activations.Alive();
        var drawn = DictionaryScoring.Draw(alive, job.Options.Features, job.Seed);
        var values = activations.Of(drawn);
        var contexts = ContextTable.Of(validation.CopyTo, activations.Starts, model.Config.NCtx, tokenizer);
        var scorer = new FeatureScorer(contexts, job.SkipTokens, job.Options, job.Seed);
        var scores = new FeatureScores[drawn.Length];
        for (var i = 0; i < drawn.Length; i++)
        {
            Report(passes + i, passes + drawn.Length, "describing features");
            scores[i] = scorer.Score(drawn[i], values[i]);
        }
        var read = activations.Starts.Count * (model.Config.NCtx - job.SkipTokens);
        var file = new FeaturesFile(job.Location, dictionary.Origin.Kind, dictionary.Features, read, scores);
        return new ScoreFeaturesResult(
            store.WriteBytes($"{job.Output}/features.json", file.ToJson()), alive.Length, DictionaryScoring.Of(scores, job.Seed));

        void Report(int done, int all, string what)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            context.Report(new JobProgress(done, all, null, what));
        }
    }
}
