using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Sweeps;

/// <summary>What a run is made of.</summary>
/// <param name="Spec">the sweep</param>
/// <param name="Devices">started once the sweep has taken the submission; empty when they come later, or never</param>
/// <param name="Launcher">starts their processes</param>
/// <param name="Options">the node's</param>
/// <param name="Streams">how events are stored</param>
/// <param name="Progress">is told every <see cref="SweepProgress"/></param>
/// <param name="Files">is told <see cref="DeleteFile"/></param>
internal sealed record RunPlan(
    SweepSpec Spec, IReadOnlyList<DeviceSpec> Devices, IDeviceLauncher Launcher, NodeOptions Options, StreamSettings Streams,
    IActorRef Progress,
    IActorRef Files)
{
    /// <summary>The first command to the sweep; without devices nothing but a submission starts any work.</summary>
    public SweepCommand First { get; init; } = new SubmitSweep(Spec);

    /// <summary>
    /// Makes the actor that stands before the broker and answers with what other runs have found; null where nothing is reused.
    /// </summary>
    public Func<IActorRef, Props>? Reuse { get; init; }

    /// <summary>Changes what the actors of the sweep share; tests take a safeguard away with it.</summary>
    public Func<SweepServices, SweepServices> Configure { get; init; } = services => services;
}
