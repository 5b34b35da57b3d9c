using Akka.Actor;

namespace Sweeps.Actors.Streams;

/// <summary>What supervisors do about the failure of a child.</summary>
internal static class Supervision
{
    /// <summary>
    /// Fails in turn, up to the actor of the run, which ends with the cause: what the world does to a journal or a device is retried where
    /// it happens, so that what fails an actor is a
    /// bug, or a journal that cannot be believed; a sweep with a hole would be worse than one that stops.
    /// </summary>
    public static SupervisorStrategy Escalate { get; } = new OneForOneStrategy(_ => Directive.Escalate);
}
