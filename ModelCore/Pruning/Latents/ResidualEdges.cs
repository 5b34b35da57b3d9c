using Sweeps.ModelCore.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>
/// Edges across the residual. Where channels are nodes, a read of a channel is the sum of the writes of that channel, and there are none to
/// count. Features of a read are functions of all features that were written before, through the norm: a pair is an edge where, on task
/// prompts, to take the written feature's part out of the residual for that one read changes what the read feature's encoder gives, before
/// its activation, by more than a hundredth of its range.
/// </summary>
internal static class ResidualEdges
{
    internal const double Fraction = 0.01;

    // Pairs of the test split.
    private const int Pairs = 32;

    /// <summary>Pairs of kept features, of a write and of a read behind it, that are edges.</summary>
    /// <param name="model">with features</param>
    /// <param name="task">the task</param>
    /// <param name="kept">for each node whether it is kept</param>
    /// <param name="context">may cancel between the pairs of locations</param>
    internal static int Count(FrozenModel model, TaskData task, bool[] kept, IJobContext context)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var rows = new TaskRows([.. task.Pairs(TaskSplit.Test).Take(Pairs)], model.Device);
        var (writes, reads) = Activations(model, rows, kept);
        var count = 0;
        foreach (var write in writes)
            foreach (var read in reads.Where(read => IsBehind(read.Location, write.Location)))
            {
                context.Cancelled.ThrowIfCancellationRequested();
                count += Count(write, read, model.Config.RmsNormEps);
            }
        return count;
    }

    /// <summary>Whether a read sees what a write has written.</summary>
    internal static bool IsBehind(NodeLocation read, NodeLocation write) =>
        read.Layer > write.Layer
        || (read.Layer == write.Layer && read.Site == NodeSite.MlpActIn && write.Site == NodeSite.AttnResidDelta);

    /// <summary>Edges from the features of one write to those of one read.</summary>
    internal static int Count(Written write, Read read, double epsilon)
    {
        using var scope = torch.NewDisposeScope();
        if (write.Change.size(1) == 0 || read.Z.size(1) == 0) return 0;
        var d = read.X.size(1);
        var isRange = ((read.Z.amax([0]) - read.Z.amin([0])) * Fraction).unsqueeze(0); // (1, V)
        var whole = read.X.mm(read.Map.t()); // (N, V)
        var squares = read.X.square().sum(1, keepdim: true); // (N, 1)
        var before = whole / ((squares / d) + epsilon).sqrt();
        var moved = write.Atoms.mm(read.Map.t()); // (U, V)
        var along = read.X.mm(write.Atoms.t()); // (N, U)
        var lengths = write.Atoms.square().sum(1); // (U)
        var count = 0L;
        for (var u = 0; u < write.Change.size(1); u++)
        {
            using var featureScope = torch.NewDisposeScope();
            var change = write.Change.narrow(1, u, 1); // (N, 1)
            var left = squares - (2 * change * along.narrow(1, u, 1)) + (change.square() * lengths[u]);
            var after = (whole - (change * moved[u].unsqueeze(0))) / ((left.clamp_min(0) / d) + epsilon).sqrt();
            count += ((after - before).abs() > isRange).any(0).sum().ToInt64();
        }
        return (int)count;
    }

    private static (List<Written> Writes, List<Read> Reads) Activations(FrozenModel model, TaskRows rows, bool[] kept)
    {
        var latents = model.Latents!;
        var nodes = new KeptNodes(model.Layout, kept);
        var places = Places(rows);
        var gates = model.Gated(model.Gates(kept));
        var residuals = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var (writes, reads) = (new List<Written>(), new List<Read>());
        var ofNodes = model.OfNodes((location, value) =>
        {
            var left = gates(location, value);
            if (latents.At(location) is { IsRead: false } site)
            {
                var channels = Channels(location);
                writes.Add(new Written(
                    location, Kept((Flat(left) - model.Mean(location)).index_select(1, channels)),
                    Kept(site.Atoms.index_select(0, channels))));
            }
            return left;
        });
        model.Model.Forward(rows.Tokens, node: (location, value) =>
        {
            if (latents.At(location) is { IsRead: true } site)
            {
                var channels = Channels(location);
                var (weight, bias) = (site.Encoder.Weight.index_select(0, channels), site.Encoder.Bias.index_select(0, channels));
                var attention = location.Site == NodeSite.AttnActIn;
                var gain = model.Model[$"transformer.h.{location.Layer}.{(attention ? "ln_1" : "ln_2")}.weight"]; // (d)
                reads.Add(new Read(
                    location, residuals[$"{location.Layer}.{(attention ? "resid_in" : "resid_mid")}"],
                    Kept(weight.narrow(1, 0, model.Config.DModel) * gain), Kept(bias.addmm(Flat(value), weight.t()))));
            }
            return ofNodes(location, value);
        }, tap: (name, value) =>
        {
            if (name.EndsWith("resid_in", StringComparison.Ordinal) || name.EndsWith("resid_mid", StringComparison.Ordinal))
                residuals[name] = Kept(Flat(value));
            return value;
        });
        return (writes, reads);

        // The prompts' own positions, without padding.
        Tensor Flat(Tensor value) => value.reshape(-1, value.size(-1)).index_select(0, places);

        Tensor Channels(NodeLocation location) =>
            torch.tensor(Array.ConvertAll(nodes.Channels(location), channel => (long)channel), device: model.Device);

        // The pass disposes of its values.
        Tensor Kept(Tensor value) => value.MoveToOtherDisposeScope(places);
    }

    private static Tensor Places(TaskRows rows)
    {
        var length = rows.Tokens.size(1);
        var places = new List<long>();
        foreach (var (row, last) in rows.Positions.Values<long>().Index())
            for (var t = 0L; t <= last; t++) places.Add((row * length) + t);
        return torch.tensor(places.ToArray(), device: rows.Tokens.device);
    }

    /// <summary>The kept features of a write.</summary>
    /// <param name="Location">where</param>
    /// <param name="Change">what they are, less their means (N, U)</param>
    /// <param name="Atoms">what they write (U, d)</param>
    internal sealed record Written(NodeLocation Location, Tensor Change, Tensor Atoms);

    /// <summary>The kept features of a read.</summary>
    /// <param name="Location">where</param>
    /// <param name="X">the residual before the norm (N, d)</param>
    /// <param name="Map">encoder times the norm's gain, of the residual's channels (V, d)</param>
    /// <param name="Z">what the encoder gives, before its activation (N, V)</param>
    internal sealed record Read(NodeLocation Location, Tensor X, Tensor Map, Tensor Z);
}
