using Sweeps.Files;
using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>Makes a model ready to be pruned in a basis.</summary>
internal static class BasisModel
{
    private const int TokensOfBatch = 8192;

    /// <summary>The model of a job in its basis, with means and standard deviations of its nodes.</summary>
    /// <param name="job">the model and the corpus</param>
    /// <param name="basis">what nodes are</param>
    /// <param name="device">where the model goes</param>
    /// <param name="store">the sweep's files</param>
    /// <param name="context">may cancel between batches</param>
    /// <exception cref="JobInputException">a dictionary is of another model, or not one of a residual read or write</exception>
    internal static FrozenModel Load(ModelTaskJob job, CircuitBasis basis, Device device, ArtifactStore store, IJobContext context)
    {
        var model = ModelFile.Load(store.Verify(job.Model), device);
        var sites = new List<LatentSite>();
        try
        {
            foreach (var named in basis.Dictionaries)
            {
                var site = Site(model, named, basis, job.Model.Sha256, device, store);
                sites.Add(site);
                if (sites.Count(other => other.Location == site.Location) > 1)
                    throw new JobInputException($"dictionaries has {site.Location} twice: expected one for each location");
            }
            using var tokens = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
            return Of(model, sites, basis.Error, Batches(tokens, model, basis, context), job.Options.FinalResid);
        }
        catch
        {
            foreach (var site in sites) site.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>A model with means and standard deviations of its nodes, features at some locations. It takes both over.</summary>
    /// <param name="model">the model</param>
    /// <param name="sites">where nodes are features; empty where all are channels</param>
    /// <param name="error">what becomes of what the dictionaries do not explain</param>
    /// <param name="batches">token ids, int64 (B, T) each, for means and standard deviations; disposed after use</param>
    /// <param name="finalResid">whether what the last norm reads is nodes too</param>
    internal static FrozenModel Of(
        Transformer model, IReadOnlyCollection<LatentSite> sites, ReconstructionError error, IEnumerable<Tensor> batches,
        bool finalResid = false)
    {
        using var scope = torch.NewDisposeScope();
        var statistics = NodeStatistics.Of(model, sites, batches);
        foreach (var site in sites) site.SetMeans(statistics.Values[site.Location], statistics.Means[site.Location]);
        return new FrozenModel(
            model, statistics.Means, finalResid, sites.Count == 0 ? null : new LatentView(sites, error), statistics.Deviations);
    }

    private static LatentSite Site(
        Transformer model, NamedDictionary named, CircuitBasis basis, string modelSha256, Device device, ArtifactStore store)
    {
        var dictionary = DictionaryFile.Load(store.Verify(named.File), basis.ActiveFeatures, device);
        try
        {
            return dictionary.Origin.Model == modelSha256
                ? new LatentSite(model, dictionary)
                : throw new JobInputException(
                    $"{named.File.Path} is of the model {dictionary.Origin.Model}: expected one of {modelSha256}");
        }
        catch
        {
            dictionary.Dispose();
            throw;
        }
    }

    private static IEnumerable<Tensor> Batches(TokenFile tokens, Transformer model, CircuitBasis basis, IJobContext context)
    {
        var rows = Math.Max(1, TokensOfBatch / model.Config.NCtx);
        var sampler = new BatchSampler(tokens, rows, model.Config.NCtx, basis.Seed);
        for (var done = 0; done < basis.Tokens; done += rows * model.Config.NCtx)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            yield return sampler.Next().ToTensors(model.FinalLogitsBias.device).Tokens;
        }
    }
}
