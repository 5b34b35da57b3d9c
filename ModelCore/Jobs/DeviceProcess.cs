using System.Runtime.InteropServices;
using Sweeps.ModelCore.Kernels;

namespace Sweeps.ModelCore.Jobs;

/// <summary>A device process: <see cref="DeviceHost"/> on the standard streams of this process.</summary>
public static class DeviceProcess
{
    /// <summary>Serves until told to end; the body of <c>sweeps device</c>.</summary>
    /// <returns>the exit code, as in <see cref="DeviceHost"/></returns>
    /// <exception cref="FormatException">the device's name is not understood</exception>
    public static int Run(DeviceHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var output = LibC.TakeStandardOutput();
        using var input = Console.OpenStandardInput();
        TorchLibraries.Load();
        _ = Devices.Parse(options.TorchDevice);
        Threads.Set(options.Threads);
        Memory.RequireTakeOver();
        Memory.SetBudget(options.MemoryBytes);
        var build = TorchInfo.Read();
        var hello = new HelloMessage(
            DeviceProtocol.Version, options.Device, Environment.ProcessId, build.Version, options.Threads, build.CpuCapability);
        using var runner = options.MemoryBytes > 0
            ? new JobRunner(Math.Min(JobRunner.DefaultModelBudget, options.MemoryBytes / 4)) // what is kept must leave room for jobs
            : new JobRunner();
        // What CUDA takes is not in the pool of CPU tensors, and the driver tells it.
        Func<DeviceMemory>? memory = options.TorchDevice == "cpu"
            ? () => new DeviceMemory(Memory.Allocated, Memory.Peak, options.MemoryBytes)
            : null;
        var host = new DeviceHost(options, hello, Run, Threads.Set, TimeProvider.System, Memory.Empty, LibC.ExitAtOnce, memory);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            host.Stop();
        });
        // Ctrl-C goes to the whole group of processes; the orchestrator decides what it means and tells us.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        return host.Run(input, output);

        JobResult Run(Job job, IJobContext context)
        {
            Threads.Set(Threads.Get()); // the part of it that is libtorch's holds per thread
            return runner.Run(job, context);
        }
    }
}
