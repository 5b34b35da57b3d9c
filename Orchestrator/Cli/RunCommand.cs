using System.CommandLine;
using System.CommandLine.Parsing;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Planning;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps run FILE</c>: begins a sweep, or goes on with it.</summary>
internal static class RunCommand
{
    /// <summary>The folder that holds the folders of sweeps.</summary>
    public const string Runs = "runs";

    /// <summary>The command's name.</summary>
    public const string Name = "run";

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The sweep: a HOCON file." };
        var folder = new Option<string?>("--dir") { Description = $"The sweep's folder. Default: {Runs}/ and the sweep's name.", HelpName = "DIR" };
        var devices = new Option<string[]>("--devices")
        {
            Description = "What to run on: auto, cpu, cpu=N, cuda or cuda:N, or several with commas. Default: what the configuration says.",
            HelpName = "LIST",
            CustomParser = Devices,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check the file and say what the sweep takes; start nothing." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(Name, "Begins a sweep, or goes on with it where it was stopped. Ctrl-C stops it in order; the same command goes on.")
        {
            file, folder, devices, dryRun, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () =>
        {
            var path = parsed.GetRequiredValue(file);
            var spec = SweepFile.Load(path);
            if (parsed.GetValue(dryRun)) return Task.FromResult(Plan(spec, terminal, parsed.GetValue(json)));

            var options = ClusterFile.Load(parsed.GetValue(config));
            if (parsed.GetValue(devices) is { Length: > 0 } given) options = options with { Devices = given };
            var place = Path.GetFullPath(parsed.GetValue(folder) ?? Path.Combine(Runs, spec.Name));
            // A sweep that was begun has its own copy of what it is made from.
            if (!SweepFolder.HasSweep(place)) SweepFile.CheckSources(path);
            return new SweepRunner(spec, place, options, terminal, parsed.GetValue(json)).RunAsync(TimeProvider.System);
        }));
        return command;
    }

    private static int Plan(SweepSpec spec, Terminal terminal, bool json)
    {
        var estimate = SweepEstimate.Of(spec);
        if (json) terminal.Json(estimate);
        else EstimatePrinter.Print(estimate, terminal);
        return ExitCode.Ok;
    }

    private static string[] Devices(ArgumentResult result)
    {
        var names = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names.Where(name => !DevicePlan.IsDevice(name))) result.AddError($"--devices has '{name}': expected auto, cpu, cpu=N, cuda or cuda:N");
        return names;
    }
}
