using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.ModelCore;
using Sweeps.ModelCore.Checks;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// <c>sweeps device</c>: the child process that runs jobs, started by the orchestrator and by nobody else. No other command loads libtorch.
/// </summary>
internal static class DeviceCommand
{
    /// <summary>The command, which help does not show.</summary>
    public static Command Create(Terminal terminal)
    {
        var root = new Option<string>("--root") { Description = "The sweep's folder." };
        var device = new Option<string>("--device") { Description = "The torch device: cpu or cuda:N.", DefaultValueFactory = _ => "cpu" };
        var threads = new Option<int>("--threads") { Description = "Threads inside one operator.", DefaultValueFactory = _ => 1 };
        var memory = new Option<long>("--memory") { Description = "Bytes of tensors that it may hold; 0 without a limit." };
        var silence = new Option<double>("--silence")
        {
            Description = "Seconds without a word of the node after which it ends at once; 0 for never.",
        };
        var list = new Option<bool>("--list") { Description = "Write the torch devices that there are, one per line." };
        var describe = new Option<bool>("--describe") { Description = "Write what libtorch this is, as JSON." };
        var intervene = new Option<bool>("--intervene") { Description = "Read a question about nodes as JSON, and write its answer." };
        var bridge = new Option<bool>("--bridge") { Description = "Read an intervention through bridges as JSON, and write its answer." };
        var ask = new Option<bool>("--ask") { Description = "Read a question to a model as JSON, and write its answer." };
        var inspect = new Option<bool>("--inspect") { Description = "Read where a model is as JSON, and write what is in its files." };
        var check = new Option<string?>("--check")
        {
            Description = "Compare what this device computes with what it should: cpu or cuda:N.",
            HelpName = "DEVICE",
        };
        var reference = new Option<string>("--reference")
        {
            Description = "For --check: the folder of the reference models.",
            DefaultValueFactory = _ => Path.Combine("Tests", "Reference", "gpt"),
        };
        var command = new Command("device", "Runs jobs that come over standard input.")
        {
            root, device, threads, memory, silence, list, describe, intervene, bridge, ask, inspect, check, reference,
        };
        command.Hidden = true;
        command.SetAction(parsed => terminal.Guard(json: false, () =>
        {
            try
            {
                if (parsed.GetValue(list)) return List(terminal);
                if (parsed.GetValue(describe)) return Describe(terminal);
                if (parsed.GetValue(intervene))
                {
                    return Answer<NodeQuestion, InterventionResult>(terminal, (runner, question) => runner.Intervene(
                        (ModelTaskJob)question.Inputs, question.Circuit, question.Changes, new UnattendedContext(question.Root, "cpu")));
                }
                if (parsed.GetValue(bridge))
                {
                    return Answer<BridgeQuestion, BridgeInterveneResult>(terminal, (runner, question) =>
                        (BridgeInterveneResult)runner.Run(question.Job, new UnattendedContext(question.Root, "cpu")));
                }
                if (parsed.GetValue(ask))
                {
                    return Answer<TextQuestion, PromptAnswer>(terminal, (runner, question) => runner.Ask(
                        (ModelTaskJob)question.Inputs, question.Circuits, question.Prompt, question.Top, question.Patterns,
                        new UnattendedContext(question.Root, "cpu")));
                }
                if (parsed.GetValue(inspect)) return Inspect(terminal);
                if (parsed.GetValue(check) is { } checkedDevice) return Check(terminal, checkedDevice, parsed.GetRequiredValue(reference));
                var folder = parsed.GetValue(root) ?? throw new CliException(ExitCode.Invalid, "--root is missing");
                // The folder of a cluster's sweeps has the devices of other nodes too; there silence keeps them apart.
                using var held = parsed.GetValue(silence) > 0 ? null : DeviceLock.Share(folder);
                return DeviceProcess.Run(new DeviceHostOptions
                {
                    Root = folder,
                    Device = parsed.GetRequiredValue(device),
                    Threads = parsed.GetRequiredValue(threads),
                    MemoryBytes = parsed.GetValue(memory),
                    BearableSilence = TimeSpan.FromSeconds(parsed.GetValue(silence)),
                });
            }
            // An initialiser is TorchSharp's, which loads libtorch first of all.
            catch (TypeInitializationException e)
            {
                throw new CliException(ExitCode.Environment, e.GetBaseException().Message, e);
            }
            catch (Exception e) when (e is DllNotFoundException or NotSupportedException or ExternalException
                or IOException or UnauthorizedAccessException or FormatException)
            {
                throw new CliException(ExitCode.Environment, e.Message, e);
            }
        }));
        return command;
    }

    private static int List(Terminal terminal)
    {
        terminal.Line("cpu");
        for (var i = 0; i < TorchInfo.Read().CudaDevices; i++) terminal.Line($"cuda:{i}");
        return ExitCode.Ok;
    }

    private static int Describe(Terminal terminal)
    {
        terminal.Json(TorchInfo.Read());
        return ExitCode.Ok;
    }

    private static int Answer<TQuestion, TAnswer>(Terminal terminal, Func<JobRunner, TQuestion, TAnswer> answer)
    {
        using var input = Console.OpenStandardInput();
        var question = JsonSerializer.Deserialize<TQuestion>(input, JobJson.Options)
            ?? throw new CliException(ExitCode.Invalid, "there is no question");
        try
        {
            using var runner = new JobRunner();
            terminal.Json(answer(runner, question));
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
        catch (JobFailedException e)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    private static int Inspect(Terminal terminal)
    {
        using var input = Console.OpenStandardInput();
        var source = JsonSerializer.Deserialize<ImportedModel>(input, JobJson.Options)
            ?? throw new CliException(ExitCode.Invalid, "there is no question");
        try
        {
            terminal.Json(ModelInspection.Of(source));
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
    }

    private static int Check(Terminal terminal, string device, string references)
    {
        IReadOnlyList<CheckedValue> values;
        try
        {
            values = DeviceCheck.Run(device, references, TimeProvider.System);
        }
        catch (JobFailedException e)
        {
            throw new CliException(ExitCode.Environment, $"a job failed on {device}: {e.Message}", e);
        }
        var width = values.Max(value => value.What.Length);
        terminal.Line($"{"".PadRight(width)}  {"here",14}  {"expected",14}  {"difference",10}  {"allowed",10}  {"ms",7}");
        foreach (var value in values)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{value.What.PadRight(width)}  {value.Here,14:G8}  {value.Expected,14:G8}  {value.Difference,10:G3}  " +
                $"{value.Allowed,10:G3}  {1000 * value.Seconds,7:F1}{(value.Agrees ? "" : "  DIFFERS")}"));
        }
        var differing = values.Count(value => !value.Agrees);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{device}: {values.Count - differing} of {values.Count} numbers agree"));
        return differing == 0 ? ExitCode.Ok : ExitCode.SomeFailed;
    }
}
