using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs an <see cref="EvaluateDictionariesJob"/>.</summary>
internal static class EvaluateDictionariesRun
{
    internal static EvaluateDictionariesResult Run(EvaluateDictionariesJob job, JobInputs inputs)
    {
        var (context, store, _) = inputs;
        JobFailure.ThrowIfAny(job.Validate());
        var device = Devices.Parse(context.Device);
        var at = ValueLocation.Parse(job.Location);
        using var model = ModelFile.Load(store.Verify(job.Model), device);
        foreach (var parameter in model.Parameters) parameter.Value.requires_grad_(false);
        if (!at.IsIn(model.Config.NLayer))
            throw new JobInputException($"location is {job.Location}: the model has {model.Config.NLayer} layers, numbered from 0");
        if (job.SkipTokens >= model.Config.NCtx)
            throw new JobInputException($"skip_tokens is {job.SkipTokens}: expected less than n_ctx, which is {model.Config.NCtx}");
        using var train = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));

        using var baselines = new Baselines(job, model, train, context);
        var files = job.Baselines.Distinct().ToDictionary(kind => kind, kind => store.Write(
            $"{job.Output}/{Baselines.NameOf(kind)}.safetensors", stream =>
            {
                using var dictionary = baselines.Make(kind, 1);
                DictionaryFile.Save(stream, dictionary);
            }));
        var wanted = job.Baselines.Distinct()
            .SelectMany(kind => job.ActiveFeatures.Distinct().Where(k => k <= baselines.Most(kind)).Select(k => (Kind: kind, K: k)))
            .ToList();
        var dictionaries = new List<FeatureDictionary>();
        try
        {
            foreach (var (kind, k) in wanted) dictionaries.Add(baselines.Make(kind, k));
            var measured = Measure(dictionaries);
            return new EvaluateDictionariesResult(
                [.. wanted.Zip(measured, (one, metrics) => new MeasuredBaseline(one.Kind, one.K, files[one.Kind], metrics))],
                Similarities(job, inputs, at));
        }
        finally
        {
            foreach (var dictionary in dictionaries) dictionary.Dispose();
        }

        IEnumerable<DictionaryMetrics> Measure(List<FeatureDictionary> all)
        {
            if (all.Count == 0) return [];
            using var evaluation = new DictionaryEvaluation(model, validation, at, job.EvalTokens, job.SkipTokens, (done, passes) =>
            {
                context.Cancelled.ThrowIfCancellationRequested();
                context.Report(new JobProgress(done, passes, null, "measuring the baselines"));
            });
            return evaluation.Run(all).Select(one => one.Metrics);
        }
    }

    private static List<DictionarySimilarity> Similarities(EvaluateDictionariesJob job, JobInputs inputs, ValueLocation at)
    {
        var repeated = job.Autoencoders.GroupBy(one => one.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null) throw new JobInputException($"autoencoders has {repeated.Key} twice: expected names that differ");
        var all = new List<(string Name, FeatureDictionary Dictionary, TorchSharp.torch.Tensor Alive)>();
        try
        {
            foreach (var named in job.Autoencoders)
            {
                inputs.Context.Cancelled.ThrowIfCancellationRequested();
                var dictionary = DictionaryFile.Load(inputs.Store.Verify(named.File), 1);
                all.Add((named.Name, dictionary, Alive(dictionary)));
                if (dictionary.Origin.Model != job.Model.Sha256 || dictionary.Origin.Location != at)
                {
                    throw new JobInputException(
                        $"{named.File.Path} is of {dictionary.Origin.Location} of the model {dictionary.Origin.Model}: expected {at} of "
                            + $"{job.Model.Sha256}");
                }
            }
            return
            [
                .. all.SelectMany(a => all.Where(b => b.Name != a.Name).Select(
                    b => DictionaryComparison.Compare(a.Name, a.Alive, b.Name, b.Dictionary.Atoms))),
            ];
        }
        finally
        {
            foreach (var (_, dictionary, alive) in all)
            {
                alive.Dispose();
                dictionary.Dispose();
            }
        }
    }

    // The rows that are alive; all where that was not counted.
    private static TorchSharp.torch.Tensor Alive(FeatureDictionary dictionary)
    {
        if (dictionary.Firings is not { } firings) return dictionary.Atoms.clone();
        long[] alive = [.. firings.Index().Where(one => one.Item > ReconstructionSums.AliveAbove).Select(one => (long)one.Index)];
        using var index = TorchSharp.torch.tensor(alive);
        return dictionary.Atoms.index_select(0, index);
    }
}
