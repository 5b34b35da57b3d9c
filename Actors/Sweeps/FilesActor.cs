using Akka.Actor;
using Sweeps.Actors.Streams;
using Akka.Event;
using Polly;

namespace Sweeps.Actors.Sweeps;

/// <summary>
/// Deletes files that are of no use any more. They take room and do no other harm: what cannot be deleted, after some tries, is logged and
/// left.
/// </summary>
/// <param name="delete">deletes a file or a folder by its relative path</param>
/// <param name="retries">around each</param>
internal sealed class FilesActor(Action<string> delete, ResiliencePipeline retries) : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>Returns how to make the actor; it waits for the disk, and has a thread for that.</summary>
    public static Props Props(Action<string> delete, ResiliencePipeline retries)
        => ActorProps.Of(() => new FilesActor(delete, retries)).WithDispatcher("akka.actor.default-blocking-io-dispatcher");

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (message is DeleteFile m) Delete(m.Path);
        else Unhandled(message);
    }

    private void Delete(string path)
    {
        try
        {
            retries.Execute(() => delete(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warning(e, "{0} was not deleted", path);
        }
    }
}
