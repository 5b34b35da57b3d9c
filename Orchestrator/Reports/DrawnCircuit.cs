using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>A circuit as reports draw it.</summary>
/// <param name="Wiring">its nodes and edges</param>
/// <param name="Words">what its file says of them</param>
/// <param name="Losses">its losses</param>
internal sealed record DrawnCircuit(CircuitGraph Wiring, CircuitWords Words, CircuitLosses Losses)
{
    /// <summary>What is drawn of <paramref name="circuit"/>.</summary>
    public static DrawnCircuit Of(CircuitFile circuit)
    {
        var wiring = CircuitGraph.Of(circuit);
        return new DrawnCircuit(wiring, CircuitWords.Of(circuit, wiring), circuit.Losses);
    }

    /// <summary>How many nodes and edges the drawing has, and of how many.</summary>
    public string Counts => CircuitDrawing.Counts(Wiring);

    public SvgCanvas Draw(string title) => CircuitDrawing.Draw(Wiring, title, Words);
}
