using System.CommandLine;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps serve DIR...</c>: the HTTP API of sweeps that this process does not run.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var folders = new Argument<string[]>("DIR")
        {
            Description = $"Folders of sweeps, such as {RunCommand.Runs}/demo, finished or not.",
            Arity = ArgumentArity.OneOrMore,
        };
        var (http, config, json) = (RunCommand.HttpOption(), CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "serve", "Serves the HTTP API of sweeps that have ended, or that other processes run, until Ctrl-C.")
        {
            folders, http, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () => RunAsync(
            parsed.GetRequiredValue(folders), parsed.GetValue(http), parsed.GetValue(config), terminal, parsed.GetValue(json))));
        return command;
    }

    private static async Task<int> RunAsync(string[] folders, string? address, string? config, Terminal terminal, bool json)
    {
        var options = ClusterFile.Load(config);
        var http = RunCommand.Http(options, address);
        if (http.IsOff) throw new CliException(ExitCode.Invalid, $"http.address is {HttpOptions.Off}: expected ADDRESS:PORT to serve at");
        var source = new FolderSource(folders);
        using var signals = new StopSignals();
        try
        {
            var log = Path.Combine(Path.GetFullPath(folders[0]), TrialLogs.Folder, WebLog.FileName);
            await using var web = WebService.Prepare(options with { Http = http }, log, TimeProvider.System);
            await web.StartAsync(source);
            if (json) terminal.Json(new { @event = "http", url = web.Url });
            else terminal.Line($"{web.Url} shows {string.Join(", ", folders)}; Ctrl-C ends it.");
            terminal.Output.Flush();
            await Task.Delay(Timeout.Infinite, signals.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return signals.ExitCode;
        }
        catch (WebException e)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }
}
