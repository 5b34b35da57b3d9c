using System.CommandLine;
using Sweeps.Actors.Devices;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Torch;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps device</c>: the child process that runs jobs, started by the orchestrator and by nobody else.</summary>
internal static class DeviceCommand
{
    /// <summary>The command, which help does not show.</summary>
    public static Command Create(Terminal terminal)
    {
        var root = new Option<string>("--root") { Description = "The sweep's folder." };
        var device = new Option<string>("--device") { Description = "The torch device: cpu or cuda:N.", DefaultValueFactory = _ => "cpu" };
        var threads = new Option<int>("--threads") { Description = "Threads inside one operator.", DefaultValueFactory = _ => 1 };
        var memory = new Option<long>("--memory") { Description = "Bytes of tensors that it may hold; 0 without a limit." };
        var list = new Option<bool>("--list") { Description = "Write the torch devices that there are, one per line." };
        var command = new Command("device", "Runs jobs that come over standard input.") { root, device, threads, memory, list };
        command.Hidden = true;
        command.SetAction(parsed => terminal.Guard(json: false, () =>
        {
            try
            {
                if (parsed.GetValue(list)) return List(terminal);
                var folder = parsed.GetValue(root) ?? throw new CliException(ExitCode.Invalid, "--root is missing");
                using var held = DeviceLock.Share(folder);
                return DeviceProcess.Run(new DeviceHostOptions
                {
                    Root = folder,
                    Device = parsed.GetRequiredValue(device),
                    Threads = parsed.GetRequiredValue(threads),
                    MemoryBytes = parsed.GetValue(memory),
                });
            }
            catch (Exception e) when (e is DllNotFoundException or TorchException or IOException or UnauthorizedAccessException or FormatException)
            {
                throw new CliException(ExitCode.Environment, e.Message, e);
            }
        }));
        return command;
    }

    private static int List(Terminal terminal)
    {
        terminal.Line("cpu");
        for (var i = 0; i < torch.cuda.device_count(); i++) terminal.Line($"cuda:{i}");
        return ExitCode.Ok;
    }
}
