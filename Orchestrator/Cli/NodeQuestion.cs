using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Cli;

/// <summary>What <c>sweeps intervene</c> asks a device process.</summary>
/// <param name="Root">the sweep's folder</param>
/// <param name="Inputs">the model and the task, a <see cref="ModelTaskJob"/></param>
/// <param name="Circuit">the circuit's file</param>
/// <param name="Changes">of nodes</param>
internal sealed record NodeQuestion(string Root, Job Inputs, ArtifactRef Circuit, IReadOnlyList<NodeChange> Changes);
