using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Checks;

/// <summary>The reference models on a device against the values that are stored with them.</summary>
internal static class ReferenceCheck
{
    // What those values, in float32 themselves, are known to.
    private const double Allowed = 1e-4;

    /// <exception cref="IOException">there are no reference models in the folder</exception>
    internal static void Run(string references, Device device, CheckedValues values)
    {
        var folders = Directory.GetDirectories(references).Order(StringComparer.Ordinal).ToList();
        if (folders.Count == 0) throw new FileNotFoundException($"{references} holds no reference models: expected a folder for each");
        foreach (var folder in folders)
        {
            using var scope = torch.NewDisposeScope();
            using var reference = new ReferenceModel(folder, device);
            Run(Path.GetFileName(folder), reference, values);
        }
    }

    private static void Run(string name, ReferenceModel reference, CheckedValues values)
    {
        var (tokens, targets) = (reference.Input("idx"), reference.Input("targets"));
        values.Restart();
        using (torch.no_grad())
            values.AddLargest($"{name}: logits", reference.Model.Forward(tokens), reference.Expected("logits"), Allowed);
        values.Add($"{name}: loss", reference.Model.LossAndGradients(tokens, targets), reference.Expected("loss").ToDouble(), Allowed);
        if (reference.HasGradients) Gradients(name, reference, values);

        var (masks, means) = reference.Gates();
        using var frozen = new FrozenModel(reference.Model, means);
        values.Restart();
        var gates = torch.cat([.. frozen.Layout.Locations.Select(at => masks[at])]).requires_grad_();
        using (torch.no_grad())
        {
            values.AddLargest(
                $"{name}: masked logits", frozen.Logits(tokens, null, gates), reference.Expected("masked_logits"), Allowed);
        }
        var loss = Functions.cross_entropy(frozen.Logits(tokens, reference.Input("task_positions"), gates), reference.Input("task_tokens"));
        KernelBackward.Run(() => loss.backward());
        values.Add($"{name}: masked task loss", loss.ToDouble(), reference.Expected("masked_task_loss").ToDouble(), Allowed);
        if (!reference.HasGradients) return;
        var stored = reference.Tensors("masked.pt");
        var gradients = torch.cat([.. frozen.Layout.Locations.Select(at => stored[$"grad.{at}"])]);
        values.AddLargest($"{name}: gradient of the masks", gates.grad!, gradients, Allowed);
    }

    private static void Gradients(string name, ReferenceModel reference, CheckedValues values)
    {
        var stored = reference.Tensors("grads.pt");
        // Of the last row of a bigram table, end of text, OpenAI's code makes none; where it is fixed there is none at all.
        var compared = reference.Model.Parameters.Where(p => p.Name != "bigram_table").ToList();
        var (here, expected) = (compared.Select(p => p.Value.grad!.reshape(-1)), compared.Select(p => stored[p.Name].reshape(-1)));
        values.AddLargest($"{name}: gradient of the weights", torch.cat([.. here]), torch.cat([.. expected]), Allowed);
    }
}
