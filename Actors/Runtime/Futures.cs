namespace Sweeps.Actors.Runtime;

/// <summary>Ask: a message whose reply is a task. PipeTo: a task whose outcome is a message.</summary>
public static class Futures
{
    /// <summary>
    /// Sends <paramref name="message"/> and completes with the reply. For callers outside of actors, and inside together
    /// with <see cref="PipeTo{T}"/>; a handler never waits for it.
    /// </summary>
    /// <exception cref="AskTimeoutException">no reply within <paramref name="timeout"/>; a later one is a dead letter</exception>
    /// <exception cref="InvalidCastException">the reply is not a <typeparamref name="T"/></exception>
    /// <remarks>A reply of <see cref="Status.Failure"/> faults the task with its cause.</remarks>
    public static Task<T> Ask<T>(this IActorRef recipient, object message, TimeSpan timeout, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var promise = new Promise<T>(recipient.Internal().System, recipient.Path, message, timeout, cancellation);
        recipient.Tell(message, promise);
        return promise.Task;
    }

    /// <summary>
    /// Sends the outcome of <paramref name="task"/> to <paramref name="recipient"/> as a message. The two functions run outside
    /// of any actor and must touch no actor's state.
    /// </summary>
    /// <param name="task">the work, already started</param>
    /// <param name="recipient">who gets the outcome, usually Self</param>
    /// <param name="sender">the sender of that message</param>
    /// <param name="success">result → message; the result itself when null</param>
    /// <param name="failure">exception → message; <see cref="Status.Failure"/> when null</param>
    public static void PipeTo<T>(
        this Task<T> task,
        IActorRef recipient,
        IActorRef? sender = null,
        Func<T, object>? success = null,
        Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        Pipe(task, recipient, sender, () => success is null ? task.Result! : success(task.Result), failure);
    }

    /// <summary>The same for work without a result; <paramref name="success"/> makes the message.</summary>
    public static void PipeTo(
        this Task task,
        IActorRef recipient,
        Func<object> success,
        IActorRef? sender = null,
        Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        Pipe(task, recipient, sender, success, failure);
    }

    private static void Pipe(Task task, IActorRef recipient, IActorRef? sender, Func<object> success, Func<Exception, object>? failure)
        => _ = task.ContinueWith(
            done => recipient.Tell(Outcome(done, success, failure ?? (e => new Status.Failure(e))), sender),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            recipient.Internal().System.Dispatcher.Continuations);

    private static object Outcome(Task done, Func<object> success, Func<Exception, object> failure)
    {
        if (done.IsCanceled) return failure(new TaskCanceledException(done));
        if (done.Exception is { } thrown) return failure(thrown.InnerExceptions.Count == 1 ? thrown.InnerException! : thrown);
        try
        {
            return success();
        }
        catch (Exception e)
        {
            return failure(e);
        }
    }

    /// <summary>The sender of an Ask: the first reply completes the task, the rest are dead letters.</summary>
    private sealed class Promise<T> : IInternalActorRef
    {
        private readonly TaskCompletionSource<T> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ITimer? _timer;
        private readonly CancellationTokenRegistration _cancellation;

        public Promise(ActorSystem system, ActorPath recipient, object message, TimeSpan timeout, CancellationToken cancellation)
        {
            System = system;
            Path = system.NextAskPath();
            _cancellation = cancellation.Register(() => Done(_reply.TrySetCanceled(cancellation)));
            _timer = system.Time.CreateTimer(
                _ => Done(_reply.TrySetException(new AskTimeoutException(recipient, message, timeout))),
                null,
                timeout,
                global::System.Threading.Timeout.InfiniteTimeSpan);
        }

        public Task<T> Task => _reply.Task;

        public ActorPath Path { get; }

        public ActorSystem System { get; }

        public void Tell(object message, IActorRef? sender)
        {
            var first = message switch
            {
                T reply => _reply.TrySetResult(reply),
                Status.Failure failure => _reply.TrySetException(failure.Cause),
                _ => _reply.TrySetException(new InvalidCastException(
                    $"{sender?.Path} answered with {message?.GetType().Name}; expected {typeof(T).Name}")),
            };
            Done(first);
            if (!first) System.DeadLetters.Publish(message!, sender, Path);
        }

        public void SendSystem(SystemMessage message)
        {
            // A promise is never stopped or supervised; who watches it learns at once that there is nothing to watch.
            if (message is SystemMessage.Watch watch) watch.Watcher.SendSystem(new SystemMessage.DeathWatchNotification(this));
        }

        public override string ToString() => Path.ToString();

        /// <summary>However it ends, nothing of it stays with the clock or with a long-lived token.</summary>
        private void Done(bool ended)
        {
            if (!ended) return;
            // Null when the token was cancelled before the timer was made; that one then fires to no effect.
            _timer?.Dispose();
            _cancellation.Dispose();
        }
    }
}
