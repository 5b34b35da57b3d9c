using System.Text;

namespace Sweeps.Simulator;

/// <summary>A seed, simulated and judged.</summary>
/// <param name="Seed">which</param>
/// <param name="Violations">what is wrong, one sentence each; empty when nothing is</param>
/// <param name="Run">the run with faults</param>
internal sealed record Verdict(ulong Seed, IReadOnlyList<string> Violations, Simulation Run)
{
    /// <summary>Everything that happened, then what is wrong with it.</summary>
    public string Trace
    {
        get
        {
            var text = new StringBuilder().AppendLine(Run.Scenario.ToString());
            foreach (var happening in Run.Log) text.AppendLine(happening.ToString());
            foreach (var violation in Violations) text.AppendLine($"violation: {violation}");
            return text.Append(
                Violations.Count == 0 ? $"seed {Seed}: no violation" : $"seed {Seed}: {Violations.Count} violations").ToString();
        }
    }

    /// <summary>Simulates <paramref name="seed"/> without faults and with them, and judges the second by the first.</summary>
    public static Verdict Of(ulong seed, Mutation mutation = Mutation.None)
    {
        var undisturbed = Simulation.Undisturbed(Scenario.Draw(seed));
        var run = Simulation.Disturbed(undisturbed, mutation);
        if (undisturbed.Problem is { } problem) return new Verdict(seed, [$"without faults: {problem}"], undisturbed);
        return new Verdict(seed, Checker.Check(run, undisturbed), run);
    }
}
