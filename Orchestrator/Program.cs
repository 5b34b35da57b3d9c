using Sweeps.Orchestrator.Cli;

return await CommandLine.RunAsync(args, Terminal.OfProcess());
