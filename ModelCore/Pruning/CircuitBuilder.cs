using System.Reflection;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Describes a circuit of a model in the terms of its file.</summary>
internal sealed class CircuitBuilder(FrozenModel model, Tokenizer tokenizer, TaskData task)
{
    private const int TokensShown = 8;

    /// <summary>Builds the file.</summary>
    /// <param name="job">the job that asks for it</param>
    /// <param name="kept">for each node whether it is kept</param>
    /// <param name="losses">what was measured</param>
    internal CircuitFile Build(CircuitJob job, bool[] kept, CircuitLosses losses)
    {
        var edges = Edges(CircuitEdges.Enumerate(model, kept));
        return new CircuitFile
        {
            Task = job.Task,
            TaskRule = TaskCatalog.Get(job.Task, job.OwnTask).Rule,
            Model = job.Model,
            ModelConfig = model.Config,
            Ablation = "mean",
            MeanCache = job.MeanCache,
            Masks = job.Masks,
            TargetLoss = job.Options.TargetLoss,
            TargetReached = losses.Validation <= job.Options.SelectionLoss,
            Losses = losses,
            NodeCount = kept.Count(k => k),
            EdgeCount = edges.Count,
            Nodes = Nodes(kept),
            Edges = edges,
            Tokens = Tokens(kept),
            Curve = BisectionPlan.Curve(job.Curve),
            Seed = job.Seed,
            TaskSeed = job.TaskSeed,
            Method = job.Method,
            Hyperparameters = job.Hyperparameters,
            Options = job.Options,
            Versions = Versions(),
        };
    }

    /// <summary>A circuit after nodes, or nodes and edges, have been removed from it.</summary>
    /// <param name="circuit">with all of them</param>
    /// <param name="kept">for each node whether it is still kept</param>
    /// <param name="losses">of what is left</param>
    /// <param name="keptEdges">the edges that are left; null for all that join two kept nodes</param>
    internal CircuitFile Reduce(CircuitFile circuit, bool[] kept, CircuitLosses losses, IEnumerable<Edge>? keptEdges = null)
    {
        var edges = Edges(keptEdges ?? CircuitEdges.Enumerate(model, kept));
        return circuit with
        {
            Losses = losses,
            NodeCount = kept.Count(k => k),
            EdgeCount = edges.Count,
            Nodes = Nodes(kept),
            Edges = edges,
            Tokens = Tokens(kept),
        };
    }

    private List<CircuitEdge> Edges(IEnumerable<Edge> edges) => [.. edges.Select(e => new CircuitEdge(Name(e.From), Name(e.To), e.Weight))];

    private List<CircuitLocation> Nodes(bool[] kept) =>
        [.. model.Layout.Locations.Select(at => new CircuitLocation(at.Name, Channels(at, kept))).Where(at => at.Channels.Count > 0)];

    private static SortedDictionary<string, string> Versions()
    {
        var torchInfo = TorchInfo.Read();
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["cpu"] = torchInfo.CpuCapability,
            ["kernels"] = torchInfo.KernelCapability,
            ["libtorch"] = torchInfo.Version,
            ["sweeps"] = typeof(CircuitBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        };
    }

    private string Name(int node)
    {
        var (location, channel) = model.Layout.At(node);
        return CircuitEdge.Node(location.Name, channel);
    }

    private List<int> Channels(NodeLocation location, bool[] kept)
    {
        var first = model.Layout.Offset(location);
        return [.. Enumerable.Range(0, model.Layout.Width(location)).Where(c => kept[first + c])];
    }

    private CircuitTokens Tokens(bool[] kept)
    {
        var rows = task.Rows(TaskSplit.Validation);
        var (a, b) = (MostCommon(rows.SelectMany(r => r.TokenA)), MostCommon(rows.SelectMany(r => r.TokenB)));
        return new CircuitTokens(
            new TokenWeight(tokenizer.Display(a), a, 1), new TokenWeight(tokenizer.Display(b), b, 1),
            // Position channels, which lie behind the residual's, have no embedding of tokens.
            [.. Residual(kept, NodeSite.AttnActIn, NodeSite.MlpActIn, NodeSite.FinalResid).Where(
                c => c < model.Config.DModel).Select(Embedding)],
            [.. Residual(
                kept,
                model.Layout.HasFinalResid ? [NodeSite.FinalResid] : [NodeSite.AttnResidDelta, NodeSite.MlpResidDelta]).Select(
                    c => Unembedding(c, a, b))]);
    }

    private IEnumerable<int> Residual(bool[] kept, params NodeSite[] sites) => model.Layout.Locations
        .Where(at => sites.Contains(at.Site)).SelectMany(at => Channels(at, kept)).Distinct().Order();

    private ChannelEmbedding Embedding(int channel)
    {
        var (wte, d) = (model.Host("transformer.wte.weight"), model.Config.DModel);
        return new ChannelEmbedding(channel,
        [
            .. Enumerable.Range(0, model.Config.VocabSize)
                .Select(id => (Id: id, Weight: wte[((long)id * d) + channel]))
                .Where(t => t.Weight != 0)
                .OrderByDescending(t => Math.Abs(t.Weight)).ThenBy(t => t.Id)
                .Take(TokensShown)
                .Select(t => new TokenWeight(tokenizer.Display(t.Id), t.Id, t.Weight)),
        ]);
    }

    private ChannelUnembedding Unembedding(int channel, int a, int b)
    {
        var (head, gain, d) = (model.Host("lm_head.weight"), model.Host("transformer.ln_f.weight")[channel], model.Config.DModel);
        return new ChannelUnembedding(channel, gain * head[((long)a * d) + channel], gain * head[((long)b * d) + channel]);
    }

    private static int MostCommon(IEnumerable<long> tokens) =>
        (int)tokens.GroupBy(t => t).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;
}
