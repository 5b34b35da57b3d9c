using System.CommandLine;
using System.CommandLine.Parsing;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Data;
using Sweeps.Orchestrator.Cli.Cluster;
using Sweeps.Orchestrator.Cli.Planning;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps run FILE</c>: begins a sweep, or goes on with it.</summary>
internal static class RunCommand
{
    /// <summary>The folder that holds the folders of sweeps.</summary>
    public const string Runs = "runs";

    public const string Name = "run";

    /// <summary>The name of the command that lets a sweep grow.</summary>
    public const string ExtendName = "extend";

    public static Command Create(Terminal terminal)
    {
        var file = FileArgument();
        var folder = new Option<string?>("--dir")
        {
            Description = $"The sweep's folder. Default: {Runs}/ and the sweep's name.",
            HelpName = "DIR",
        };
        var devices = DevicesOption();
        var extend = new Option<bool>("--extend") { Description = "When the folder's sweep is to grow by what the file adds: do not ask." };
        var dryRun =
            new Option<bool>("--dry-run")
            {
                Description = "Check the file, measure some steps, and say what the sweep takes: hours, "
                    + "memory, disk. Begins nothing."
            };
        var quick = new Option<bool>("--quick") { Description = "With --dry-run: measure nothing, and say no hours." };
        var (http, config, json) = (HttpOption(), CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            Name, "Begins a sweep, or goes on with it where it was stopped. Ctrl-C stops it in order; the same command goes on.")
        {
            file, folder, devices, extend, dryRun, quick, http, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () => parsed.GetValue(dryRun)
            ? PlanAsync(
                parsed.GetRequiredValue(file), parsed.GetValue(quick), Options(parsed, devices, http, config), terminal,
                parsed.GetValue(json))
            : RunAsync(
                parsed.GetRequiredValue(file), parsed.GetValue(folder), parsed.GetValue(extend), Options(parsed, devices, http, config),
                terminal,
                parsed.GetValue(json))));
        return command;
    }

    /// <summary><c>sweeps extend DIR FILE</c>: the sweep of a folder grows by what a file adds to it.</summary>
    public static Command Extend(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var file = FileArgument();
        var devices = DevicesOption();
        var (http, config, json) = (HttpOption(), CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            ExtendName,
            "Lets a sweep grow by what a file adds to it, such as tasks, rounds or L0 levels, and runs what is new. As `sweeps run "
                + "--extend`.")
        {
            folder, file, devices, http, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            StoredSweep.Store(place, parsed.GetValue(config));
            var options = Options(parsed, devices, http, config);
            return RunAsync(parsed.GetRequiredValue(file), place, extend: true, options, terminal, parsed.GetValue(json));
        }));
        return command;
    }

    /// <summary>Runs the sweep of a file.</summary>
    /// <param name="path">the file</param>
    /// <param name="folder">the sweep's folder; null for that of its name</param>
    /// <param name="extend">whether growth is meant; then nobody is asked</param>
    /// <param name="options">the node</param>
    /// <param name="terminal">where it is shown</param>
    /// <param name="json">as JSON</param>
    /// <returns>the exit code</returns>
    public static Task<int> RunAsync(string path, string? folder, bool extend, NodeOptions options, Terminal terminal, bool json)
    {
        if (options.Cluster.Folder.Length > 0 && IsOfCluster(folder, options))
            return new ClusterRunner(options, terminal, json, TimeProvider.System).RunAsync(path);
        var spec = SweepFile.Load(path);
        var place = Path.GetFullPath(folder ?? Path.Combine(Runs, spec.Name));
        // A sweep that was begun has its own copy of what it is made from.
        if (!SweepFolder.HasSweep(place)) SweepFile.CheckSources(path);
        if (spec.Imported.Count > 0) spec = ImportedModels.Identify(SweepDocument.Of(path), spec, SpecChange.Stored(place, options.Store));
        SpecChange.Check(spec, place, options.Store, extend, terminal, json);
        return new SweepRunner(spec, place, options, terminal, json).RunAsync(TimeProvider.System);
    }

    /// <summary>The node's configuration, with what the command line says in its place.</summary>
    /// <exception cref="CliException">the two together are not acceptable</exception>
    public static NodeOptions Options(ParseResult parsed, Option<string[]> devices, Option<string?> http, Option<string?> config)
    {
        var options = ClusterFile.Load(parsed.GetValue(config));
        if (parsed.GetValue(devices) is { Length: > 0 } given) options = options with { Devices = given };
        return options with { Http = Http(options, parsed.GetValue(http)) };
    }

    /// <summary>How the API is served, at the address of the command line where it names one.</summary>
    /// <exception cref="CliException">this is not acceptable</exception>
    public static HttpOptions Http(NodeOptions options, string? address)
    {
        var http = address is null ? options.Http : options.Http with { Address = address };
        return http.Validate().FirstOrDefault() is { } problem ? throw new CliException(ExitCode.Invalid, $"http.{problem}") : http;
    }

    /// <summary>The option that says where the API is served.</summary>
    public static Option<string?> HttpOption() => new("--http")
    {
        Description = "Where the HTTP API is served: ADDRESS:PORT, or off. Default: what the configuration says, 127.0.0.1:7474 or the "
            + "next free port.",
        HelpName = "ADDRESS:PORT",
    };

    // With a folder of its own a sweep is this machine's, whatever cluster this machine is a node of.
    private static bool IsOfCluster(string? folder, NodeOptions options) => folder is null
        || Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            == Path.TrimEndingDirectorySeparator(options.Cluster.Folder);

    private static Argument<string> FileArgument() => new("FILE") { Description = "The sweep: a HOCON file." };

    public static Option<string[]> DevicesOption() => new("--devices")
    {
        Description = "What to run on: auto, cpu, cpu=N, cuda or cuda:N, or several with commas. Default: what the configuration says.",
        HelpName = "LIST",
        CustomParser = Devices,
    };

    /// <summary>Says what the sweep of a file takes.</summary>
    /// <param name="path">the file</param>
    /// <param name="quick">measure nothing</param>
    /// <param name="options">the node</param>
    /// <param name="terminal">where it is shown</param>
    /// <param name="json">as JSON</param>
    /// <returns>the exit code</returns>
    public static async Task<int> PlanAsync(string path, bool quick, NodeOptions options, Terminal terminal, bool json)
    {
        var spec = SweepFile.Load(path);
        SweepFile.CheckSources(path);
        spec = ImportedModels.Identify(SweepDocument.Of(path), spec, begun: null);
        var vocabulary = CorpusSources.VocabSize(spec.Tokenizer);
        var estimate = SweepEstimate.Of(spec with { Tokenizer = spec.Tokenizer with { VocabSize = vocabulary } });
        if (json) terminal.Json(estimate);
        else EstimatePrinter.Print(estimate, terminal);
        if (quick) return ExitCode.Ok;
        var forecast = await ForecastAsync(spec, options, terminal);
        if (json) terminal.Json(new { forecast });
        else EstimatePrinter.Print(forecast, terminal);
        return ExitCode.Ok;
    }

    private static async Task<SweepForecast> ForecastAsync(SweepSpec spec, NodeOptions options, Terminal terminal)
    {
        using var signals = new StopSignals();
        var measurement = new Measurement(spec, options, TimeProvider.System);
        terminal.Complain($"Measuring some steps, at most {Human.Duration(Measurement.Limit)} …");
        try
        {
            return SweepForecast.Of(spec, await measurement.RunAsync(signals.Token), measurement.Devices);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            throw new CliException(signals.ExitCode, "stopped; nothing was begun");
        }
        catch (Exception e) when (e is JournalException or JobFailedException or ArgumentException)
        {
            throw new CliException(ExitCode.Environment, $"nothing could be measured (--quick does without): {e.Message}", e);
        }
    }

    private static string[] Devices(ArgumentResult result)
    {
        var names = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names.Where(name => !DevicePlan.IsDevice(name)))
            result.AddError($"--devices has '{name}': expected auto, cpu, cpu=N, cuda or cuda:N");
        return names;
    }
}
