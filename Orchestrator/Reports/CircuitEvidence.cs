using System.Globalization;
using System.Text;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Reports;

/// <summary>What a validation found that belongs to no single node, as text below a wiring list.</summary>
internal static class CircuitEvidence
{
    public static void Append(StringBuilder text, CircuitChecks checks)
    {
        if ((checks.SameLabel ?? checks.OtherLabel) is { } any)
        {
            text.Append("\nvalues of one location exchanged, test loss\n");
            text.Append(CultureInfo.InvariantCulture, $"  {"",-24}{"same label",12}{"other label",12}\n");
            Row("none", checks.SameLabel?.Before, checks.OtherLabel?.Before);
            foreach (var (i, at) in any.Locations.Index())
                Row(at.Location, checks.SameLabel?.Locations[i].Loss, checks.OtherLabel?.Locations[i].Loss);
        }
        if (checks.Adversarial.Count == 0) return;
        text.Append("\nmisleading prompts, loss predicted and measured\n");
        foreach (var a in checks.Adversarial) Row($"{a.Kind} {Format.Count(a.Level)}", a.Predicted?.Loss, a.Measured?.Loss);

        void Row(string label, double? first, double? second) =>
            text.Append(CultureInfo.InvariantCulture, $"  {label,-24}{Format.Loss(first),12}{Format.Loss(second),12}\n");
    }
}
