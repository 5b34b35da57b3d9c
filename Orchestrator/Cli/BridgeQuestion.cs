namespace Sweeps.Orchestrator.Cli;

/// <summary>What <c>sweeps bridge intervene</c> asks a device process.</summary>
/// <param name="Root">the sweep's folder</param>
/// <param name="Job">a <see cref="BridgeInterveneJob"/>, which writes no file</param>
internal sealed record BridgeQuestion(string Root, Job Job);
