using System.Globalization;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs an <see cref="ImportJob"/>.</summary>
internal static class ImportRun
{
    internal static TrainResult Run(ImportJob job, JobInputs inputs)
    {
        var (context, store, _) = inputs;
        Identify(job.Source);
        using var model = SourceModel.Load(job.Source, Devices.Parse(context.Device));
        var config = model.Config;
        var rowsOfBatch = Math.Max(1, ImportJob.BatchTokens / config.NCtx);
        if (config.VocabSize != job.VocabSize)
        {
            throw new JobInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"{job.Source.Path} has a vocabulary of {config.VocabSize} tokens, and the tokenizer one of {job.VocabSize}: expected "
                    + $"the tokenizer that the model was trained with"));
        }
        using var train = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));

        var artifact = store.Write($"{job.Output}/model.safetensors", stream => ModelFile.Save(stream, model));
        List<TokenBatch> ofValidation = Batches(validation), ofTraining = Batches(train);
        var progress = new Progress(context, job.MeanCacheTokens + Tokens(ofValidation) + Tokens(ofTraining));
        var evaluation = Evaluation.Run(model, ofValidation, batch => progress.Add(batch.Inputs.Length));
        var loss = Evaluation.Run(model, ofTraining, batch => progress.Add(batch.Inputs.Length)).Loss;
        ArtifactRef means;
        using (var cache = MeanCache.Compute(model, Samples()))
            means = store.Write($"{job.Output}/mean_cache.safetensors", cache.Save);
        var nonzeros = NonzeroCounter.Count(model.Parameters);
        var point = new CurvePoint(
            0, loss, 0, nonzeros.Matrices.Fraction, nonzeros.Total, nonzeros.Matrices.Fraction, 0, evaluation)
        { ByKind = nonzeros };
        var curve = store.WriteBytes($"{job.Output}/curve.json", new TrainingCurve([point]).ToJson());
        return new TrainResult(
            artifact, means, curve, 0, model.Parameters.Sum(p => p.Spec.NumberOfElements), nonzeros.Total, nonzeros.Matrices.Fraction, loss,
            evaluation.Loss, evaluation.DeadFraction, evaluation.ResidualKurtosis)
        {
            ByKind = nonzeros,
        };

        List<TokenBatch> Batches(TokenFile tokens)
        {
            // A corpus may be smaller than a batch, but not than a sequence.
            var rows = (int)Math.Clamp((tokens.Count - 1) / config.NCtx, 1, rowsOfBatch);
            return Evaluation.Batches(
                new SequentialBatches(tokens, rows, config.NCtx), Math.Max(1, job.EvaluationTokens / (rows * config.NCtx)));
        }

        IEnumerable<TorchSharp.torch.Tensor> Samples()
        {
            var sampler = new BatchSampler(train, rowsOfBatch, config.NCtx, KeyedRandom.DeriveSeed(job.Seed, "mean_cache"));
            var perBatch = rowsOfBatch * config.NCtx;
            for (var tokens = 0; tokens < job.MeanCacheTokens; tokens += perBatch)
            {
                yield return sampler.Next().ToTensors(model.FinalLogitsBias.device).Tokens;
                progress.Add(perBatch);
            }
        }
    }

    private static int Tokens(List<TokenBatch> batches) => batches.Sum(batch => batch.Inputs.Length);

    // The sweep was begun with these files and no others.
    private static void Identify(ImportedModel source)
    {
        var found = SourceFiles.Digest(SourceFiles.Of(source).Read());
        if (found != source.Sha256)
            throw new JobInputException($"{source.Path} is not what the sweep was begun with: SHA-256 {found}, expected {source.Sha256}");
    }

    /// <summary>Reports tokens that went through the model, and ends the job where it is to stop.</summary>
    private sealed class Progress(IJobContext context, int tokens)
    {
        private int _done;

        public void Add(int more)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            _done = Math.Min(_done + more, tokens);
            context.Report(new JobProgress(_done, tokens, null, "measuring"));
        }
    }
}
