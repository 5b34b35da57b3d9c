using Akka.Actor;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;

namespace Sweeps.Actors.Bisections;

/// <summary>To the parent, before the attribution's actor stops.</summary>
/// <param name="Trial">the attribution</param>
/// <param name="Circuit">what it found, or null</param>
/// <param name="Failure">why there is no circuit, or null; both are null when it was given up</param>
internal sealed record AttributionEnded(TrialId Trial, CircuitResult? Circuit, string? Failure);

/// <summary>
/// Finds a circuit by attribution: a trial that ranks the nodes, then a bisection. Both store what happens to them; this only puts one
/// behind the other.
/// </summary>
internal sealed class AttributionActor(
    SweepServices services, IActorRef stream, TrialId id, PruneJob job, CircuitSize size, int retries) : UntypedActor
{
    private IActorRef _step = ActorRefs.Nobody;

    /// <summary>Returns how to make the actor of an attribution.</summary>
    /// <param name="services">what it is given</param>
    /// <param name="stream">holds the events of its trial and its bisection</param>
    /// <param name="id">its trial</param>
    /// <param name="job">ranks the nodes</param>
    /// <param name="size">what the objective counts</param>
    /// <param name="retries">how often it is to be tried again after a failure by its own fault</param>
    public static Props Props(SweepServices services, IActorRef stream, TrialId id, PruneJob job, CircuitSize size, int retries)
        => ActorProps.Of(() => new AttributionActor(services, stream, id, job, size, retries));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected override void PreStart() => _step = Context.ActorOf(TrialActor.Props(services, stream, id, job, retries), "prune");

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TrialEnded { State.Result: PruneResult ranked }:
                _step = Context.ActorOf(BisectionActor.Props(services, stream, id, job, ranked, size, retries), "bisect");
                break;
            case TrialEnded m: End(null, m.State.Phase == TrialPhase.Failed ? m.State.Reason : null); break;
            case BisectionEnded m: End(m.Outcome.Circuit, m.Outcome.Failure); break;
            case WorldFailed m: Context.Parent.Tell(m); break;
            case CancelTrial m when _step.Path.Name == "prune": _step.Tell(m); break;
            // A bisection stores no attempts, so that there is nothing to say but stop.
            case CancelTrial: End(null, null); break;
            default: Unhandled(message); break;
        }
    }

    private void End(CircuitResult? circuit, string? failure)
    {
        Context.Parent.Tell(new AttributionEnded(id, circuit, failure));
        Context.Stop(Self);
    }
}
