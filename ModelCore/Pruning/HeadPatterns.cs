using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Finds where heads look on a prompt from the queries and keys of a forward pass: softmax(q kᵀ / √d_head) [G A.1].</summary>
/// <param name="model">the model</param>
/// <param name="heads">the heads that are asked for; twice is once</param>
internal sealed class HeadPatterns(FrozenModel model, IEnumerable<(int Layer, int Head)> heads)
{
    private readonly ILookup<int, int> _asked = heads.Distinct().Order().ToLookup(head => head.Layer, head => head.Head);
    private readonly List<HeadPattern> _found = [];
    private Tensor? _queries;

    /// <summary>What was found, by layer and head.</summary>
    public IReadOnlyList<HeadPattern> Found => _found;

    /// <summary>Sees what attention is given at a location, (1, T, width); queries come before the keys of their layer.</summary>
    public void See(NodeLocation location, Tensor value)
    {
        if (!_asked.Contains(location.Layer)) return;
        if (location.Site == NodeSite.AttnQ) _queries = value;
        else if (location.Site == NodeSite.AttnK)
            _found.AddRange(_asked[location.Layer].Select(head => Pattern(location.Layer, head, value)));
    }

    private HeadPattern Pattern(int layer, int head, Tensor keys)
    {
        using var scope = torch.NewDisposeScope();
        var width = model.Config.DHead;
        var (q, k) = (Of(_queries!), Of(keys)); // (T, d_head)
        var length = (int)q.size(0);
        var scores = torch.mm(q, k.t()) / Math.Sqrt(width); // (T, T)
        scores = scores.masked_fill(torch.ones_like(scores).triu(1).to(ScalarType.Bool), double.NegativeInfinity);
        if (model.Config.AttentionSink)
        {
            var sink = model.Model[$"transformer.h.{layer}.attn.attn_imp.sink_logit"][head];
            scores = torch.cat([scores, sink.expand(length, 1)], 1); // (T, T + 1)
        }
        var weights = torch.softmax(scores, 1).narrow(1, 0, length).Values<float>();
        return new HeadPattern(
            layer, head, [.. Enumerable.Range(0, length).Select(t => weights[(t * length)..((t * length) + t + 1)])]);

        Tensor Of(Tensor all) => all.squeeze(0).narrow(1, head * width, width);
    }
}
