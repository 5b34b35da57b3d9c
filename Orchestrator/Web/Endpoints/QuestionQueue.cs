using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Asks one question at a time: each loads a model, beside a sweep that may run here.</summary>
/// <param name="time">how long a question may take</param>
internal sealed class QuestionQueue(TimeProvider time) : IDisposable
{
    private const int MostWaiting = 16;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    /// <summary>Asks when those before have their answers.</summary>
    /// <param name="ask">asks</param>
    /// <param name="cancellation">whoever asked has gone</param>
    /// <exception cref="CliException">it cannot be answered</exception>
    /// <exception cref="RequestException">it took too long, or too many wait</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        await TakeTurnAsync(cancellation);
        using var patience = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw RequestException.Unavailable($"the model gave no answer within {_patience.TotalMinutes:F0} minutes");
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MostWaiting)
                throw RequestException.Unavailable($"{MostWaiting} questions wait for their turn: ask again later");
            await _turn.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _turn.Dispose();
}
