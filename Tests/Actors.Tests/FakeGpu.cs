using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests;

/// <summary>
/// A GPU whose processes keep what they have taken, as libtorch's do: a job finds it in its own process, or takes more, or fails when the
/// others have it.
/// </summary>
/// <param name="size">bytes</param>
/// <param name="needs">bytes that a job needs</param>
internal sealed class FakeGpu(long size, Func<Job, long> needs)
{
    private readonly Dictionary<IDeviceProcess, long> _held = [];
    private readonly Dictionary<IDeviceProcess, RunRequest> _running = [];

    /// <summary>Whether the driver tells what processes have taken.</summary>
    public bool Tells { get; init; } = true;

    /// <summary>Jobs that have found no room.</summary>
    public List<RunRequest> Failed { get; } = [];

    /// <summary>The jobs that ran at each beginning of a job, which is the last of them.</summary>
    public List<IReadOnlyList<Job>> Together { get; } = [];

    /// <summary>Begins a job; false when there is no room for it.</summary>
    public bool Run(IDeviceProcess process, RunRequest request)
    {
        Together.Add([.. _running.Values.Select(running => running.Job), request.Job]);
        _running.Add(process, request);
        var more = Math.Max(0, needs(request.Job) - _held.GetValueOrDefault(process));
        if (_held.Values.Sum() + more > size)
        {
            Failed.Add(request);
            return false;
        }
        _held[process] = _held.GetValueOrDefault(process) + more;
        return true;
    }

    public void End(IDeviceProcess process) => _running.Remove(process);

    public void Forget(IDeviceProcess process)
    {
        _held.Remove(process);
        _running.Remove(process);
    }

    /// <summary>What the driver tells: nothing of a process that has run no job.</summary>
    public MemoryUse? Of(IDeviceProcess process) =>
        Tells && _held.TryGetValue(process, out var held) ? new MemoryUse(held, size) : null;
}
