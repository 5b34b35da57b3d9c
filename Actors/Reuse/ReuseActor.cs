using System.Collections.Immutable;
using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Domain.Reuse;
using Sweeps.Files;

namespace Sweeps.Actors.Reuse;

/// <summary>
/// Stands before the broker of a sweep that may reuse what other runs have found: a job that one of them has run is answered with a copy of
/// its files, each checked against its digest; all others go on to the broker, and so does one whose files are not what they were.
/// </summary>
internal sealed class ReuseActor(
    IActorRef broker, IReadOnlyDictionary<string, ReusableResult> results, ArtifactStore store, IActorRef progress) : UntypedActor
{
    private bool _held;

    /// <summary>Returns how to make the actor.</summary>
    /// <param name="broker">of the devices</param>
    /// <param name="results">of other runs, by <see cref="JobKey"/></param>
    /// <param name="store">the sweep's files</param>
    /// <param name="progress">is told what cannot be reused</param>
    public static Props Props(
        IActorRef broker, IReadOnlyDictionary<string, ReusableResult> results, ArtifactStore store, IActorRef progress)
        => ActorProps.Of(() => new ReuseActor(broker, results, store, progress)).WithDispatcher(
            "akka.actor.default-blocking-io-dispatcher");

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HoldSweep: _held = true; break;
            case ReleaseSweep: _held = false; break;
            case QueueJob { Ticket: var ticket } when !_held && Find(ticket) is { } found:
                if (Answer(ticket, found)) return;
                break;
        }
        broker.Forward(message);
    }

    private ReusableResult? Find(JobTicket ticket) => JobKey.Of(ticket.Job) is { } key ? results.GetValueOrDefault(key) : null;

    private bool Answer(JobTicket ticket, ReusableResult found)
    {
        if (found.In(ticket.Job.Output) is not { } moved) return false;
        IReadOnlyList<EvaluatedAt> losses;
        try
        {
            var from = new ArtifactStore(found.Folder);
            foreach (var (file, to) in moved.Files) Copy(from, file, to);
            losses = moved.Result is TrainResult trained ? CurveLosses.Read(store.ReadVerified(trained.Curve)) : [];
        }
        catch (Exception e) when (e is JobFailedException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            progress.Tell(new SweepLogged($"{ticket.Trial} is not reused: {e.Message}"));
            return false;
        }
        ticket.Owner.Tell(new JobStarted(ticket.Trial, ticket.Attempt, $"{ReusableResult.Device}{found.Folder}"));
        // As the training would say on its way: others are compared with it (early_stopping).
        foreach (var (step, loss) in losses) ticket.Owner.Tell(new EvaluatedMessage(ticket.Trial.Value, ticket.Attempt, step, loss));
        ticket.Owner.Tell(new ResultMessage(ticket.Trial.Value, ticket.Attempt, moved.Result));
        return true;
    }

    private void Copy(ArtifactStore from, ArtifactRef file, string to)
    {
        var path = from.Verify(file);
        store.WriteCopy(file with { Path = to }, stream =>
        {
            using var source = File.OpenRead(path);
            source.CopyTo(stream);
        });
    }
}
