using Akka.Actor;

namespace Sweeps.Actors.Devices;

// To the broker, from trials.

/// <summary>Runs the ticket's job on some device, some time; replaces an older attempt of the same trial.</summary>
internal sealed record QueueJob(JobTicket Ticket);

/// <summary>Takes a trial's ticket back: out of the queue, or off its device.</summary>
internal sealed record WithdrawJob(string Sweep, TrialId Trial, int Attempt);

/// <summary>Hands out no more jobs of a sweep; running ones go on.</summary>
internal sealed record HoldSweep(string Sweep);

/// <summary>Takes back <see cref="HoldSweep"/>.</summary>
internal sealed record ReleaseSweep(string Sweep);

/// <summary>How a sweep shares the devices from now on.</summary>
internal sealed record SetTerms(string Sweep, SweepTerms Terms);

/// <summary>Hands out no more jobs at all: the node is stopping, or has just become the one that decides.</summary>
internal sealed record DrainBroker;

/// <summary>Takes back <see cref="DrainBroker"/>.</summary>
internal sealed record OpenBroker;

/// <summary>To the broker: these devices will report. While it expects none, jobs wait.</summary>
internal sealed record ExpectDevices(IReadOnlyCollection<DeviceSpec> Devices);

// To the broker, from devices.

/// <summary>The device's process is up and waits for a job.</summary>
/// <param name="Device">its name</param>
/// <param name="Actor">takes its jobs</param>
/// <param name="Kind">devices of one kind compute the same bits</param>
internal sealed record DeviceReady(string Device, IActorRef Actor, string Kind = "")
{
    /// <summary>See <see cref="DeviceSpec.Memory"/>.</summary>
    public string? Memory { get; init; }
}

/// <summary>What the device's process has taken of the memory that it shares, for its job and before; said again when that grows.</summary>
/// <param name="Device">its name</param>
/// <param name="Peak">bytes; 0 when the job has failed, for want of memory or otherwise, so that nothing is known of it</param>
/// <param name="Size">bytes that all may take together</param>
internal sealed record DeviceMeasured(string Device, long Peak, long Size);

/// <summary>The device takes no more jobs: its node is leaving, or out of reach.</summary>
internal sealed record DeviceLeaving(string Device);

/// <summary>The device's job has ended, and it waits for another.</summary>
internal sealed record DeviceFreed(string Device);

/// <summary>The device's process is gone; it is being started again.</summary>
internal sealed record DeviceDown(string Device);

/// <summary>
/// The device will never be heard of again; answered by <see cref="DeviceForgotten"/>, after which nothing is sent to it.
/// </summary>
internal sealed record ForgetDevice(string Device);

/// <summary>From the broker to a device: it sends nothing more to it.</summary>
internal sealed record DeviceForgotten;

/// <summary>The device is given up.</summary>
internal sealed record DeviceLost(string Device, string Reason);

// From the broker, to its parent.

/// <summary>The last device is given up.</summary>
/// <param name="Reasons">of each</param>
internal sealed record NoDeviceLeft(string Reasons);

// To a device.

/// <summary>Runs the ticket's job; only sent to a device that is ready.</summary>
internal sealed record RunJob(JobTicket Ticket);

/// <summary>Starts the process of an idle device again, which gives back what it has taken of the memory that it shares.</summary>
internal sealed record RefreshDevice;

/// <summary>To a device: end the process at once, whatever it does. The actor stops, without a word, when the process has ended.</summary>
internal sealed record KillDevice;

/// <summary>Tells how many jobs share the machine's cores.</summary>
/// <param name="Jobs">running and waiting, at most the number of devices, and at most the cores there are to share</param>
internal sealed record ShareCores(int Jobs);

/// <summary>Cancels a job that may be running; it ends with the device's own message.</summary>
internal sealed record CancelJob(string Sweep, TrialId Trial, int Attempt);

/// <summary>Cancels the running job, lets it write its checkpoint, ends the process; answered by <see cref="DeviceStopped"/>.</summary>
internal sealed record StopDevice;

/// <summary>The device's process has ended, and whose job it ran has handled all that it said.</summary>
internal sealed record DeviceStopped(string Device);

// To the owner of a ticket.

/// <summary>A device has begun the attempt.</summary>
internal sealed record JobStarted(TrialId Trial, int Attempt, string Device);

/// <summary>The device's process died or was killed during the attempt.</summary>
internal sealed record JobLost(TrialId Trial, int Attempt, string Reason);

/// <summary>Asks the owner to answer with <see cref="BarrierPassed"/> once everything sent before is handled and stored.</summary>
internal sealed record StoreBarrier;

/// <summary>The answer to <see cref="StoreBarrier"/>.</summary>
internal sealed record BarrierPassed;

/// <summary>The attempt's backoff is over.</summary>
internal sealed record RetryDue(TrialId Trial, int Attempt);

/// <summary>A device process said something.</summary>
/// <param name="Generation">which start of the process; an older one's words no longer matter</param>
/// <param name="Message">what it said</param>
internal sealed record DeviceSaid(int Generation, DeviceMessage Message);

/// <summary>A device process has ended.</summary>
/// <param name="Generation">which start of the process</param>
/// <param name="Reason">exit code or signal and the end of its standard error</param>
internal sealed record DeviceExited(int Generation, string Reason);
