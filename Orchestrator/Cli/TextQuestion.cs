namespace Sweeps.Orchestrator.Cli;

/// <summary>What <c>sweeps ask</c> asks a device process.</summary>
/// <param name="Root">the sweep's folder</param>
/// <param name="Inputs">the model, a <see cref="ModelTaskJob"/></param>
/// <param name="Circuits">the files of its circuits</param>
/// <param name="Prompt">text</param>
/// <param name="Top">how many next tokens to give</param>
internal sealed record TextQuestion(string Root, Job Inputs, IReadOnlyList<ArtifactRef> Circuits, string Prompt, int Top);
