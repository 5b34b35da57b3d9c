using Sweeps.ModelCore.Autoencoders;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs an <see cref="AblateFeaturesJob"/>.</summary>
internal static class AblateFeaturesRun
{
    internal static AblateFeaturesResult Run(AblateFeaturesJob job, JobInputs inputs)
    {
        if (!ValueLocation.TryParse(job.Location, out var at))
            throw new JobInputException($"location is '{job.Location}': expected a layer and a site, as in 1.resid_in, or final_resid");
        if (job.Pairs < 1) throw new JobInputException($"pairs is {job.Pairs}: expected at least 1");
        if (job.ActiveFeatures < 1) throw new JobInputException($"active_features is {job.ActiveFeatures}: expected at least 1");
        var (model, task, _) = inputs.Load(job);
        if (!at.IsIn(model.Config.NLayer))
            throw new JobInputException($"location is {job.Location}: the model has {model.Config.NLayer} layers, numbered from 0");
        var pairs = task.Pairs(TaskSplit.Test).Where(pair => pair.PromptA.Count == pair.PromptB.Count).Take(job.Pairs).ToList();
        var curves = new List<FeatureAblationCurve>();
        foreach (var (i, named) in job.Dictionaries.Index())
        {
            using var dictionary = DictionaryFile.Load(inputs.Store.Verify(named.File), job.ActiveFeatures, model.Device);
            if (dictionary.Origin.Model != job.Model.Sha256 || dictionary.Origin.Location != at)
            {
                throw new JobInputException(
                    $"{named.File.Path} is of {dictionary.Origin.Location} of the model {dictionary.Origin.Model}: expected {at} of "
                        + $"{job.Model.Sha256}");
            }
            curves.Add(FeatureAblation.Run(named.Name, dictionary, model.Model, at, pairs, done =>
            {
                inputs.Context.Cancelled.ThrowIfCancellationRequested();
                inputs.Context.Report(new JobProgress(
                    (i * pairs.Count) + done, Math.Max(1, job.Dictionaries.Count * pairs.Count), null, named.Name));
            }));
        }
        return new AblateFeaturesResult(pairs.Count, curves);
    }
}
