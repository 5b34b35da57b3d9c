using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

public sealed partial class Transformer
{
    /// <summary>Runs batches, and shows the values of every node location, final_resid's included.</summary>
    /// <param name="batches">token ids, int64 (B, T) each; disposed after use</param>
    /// <param name="visit">is given each location with its values, (B, T, width), which go with their batch</param>
    /// <returns>how many tokens there were</returns>
    /// <exception cref="ArgumentException">there are none</exception>
    internal long VisitNodes(IEnumerable<Tensor> batches, Action<NodeLocation, Tensor> visit)
    {
        long tokens = 0;
        foreach (var batch in batches)
        {
            using var scope = torch.NewDisposeScope();
            using (batch)
            {
                Forward(batch, node: (location, value) =>
                {
                    visit(location, value);
                    return value;
                }, tap: (name, value) =>
                {
                    if (name == NodeLocation.FinalResid.Name) visit(NodeLocation.FinalResid, value);
                    return value;
                });
                tokens += batch.numel();
            }
        }
        return tokens > 0 ? tokens : throw new ArgumentException("there are no batches: expected at least one", nameof(batches));
    }
}
