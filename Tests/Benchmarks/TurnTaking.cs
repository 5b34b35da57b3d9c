using System.Diagnostics;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Kernels;

namespace Sweeps.Benchmarks;

/// <summary>
/// Runs two jobs step by step in turns, one with the plain composition and one with the kernels, and takes the time of each step: a job
/// hands over whenever it
/// reports progress. Neither runs while the other does.
/// </summary>
internal sealed class TurnTaking(string root, int threads) : IDisposable
{
    private readonly SemaphoreSlim[] _turns = [new(1), new(0)];
    private readonly bool[] _over = new bool[2];

    /// <summary>Runs both to their ends.</summary>
    /// <param name="plain">runs with the kernels switched off</param>
    /// <param name="kernels">runs with them</param>
    /// <param name="warmUp">first steps of each that do not count</param>
    public (Timings Plain, Timings Kernels) Run(Action<IJobContext> plain, Action<IJobContext> kernels, int warmUp)
    {
        Player[] players = [new(this, 0), new(this, 1)];
        Exception? failure = null;
        var workers = players.Zip([plain, kernels], (player, work) => new Thread(() =>
        {
            try
            {
                player.Begin(threads);
                work(player);
            }
            catch (Exception e)
            {
                failure ??= e;
            }
            finally
            {
                player.End();
            }
        })).ToList();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        Functions.enabled = true;
        if (failure is not null) throw new InvalidOperationException("a benchmarked job failed", failure);
        return (players[0].Steps(warmUp), players[1].Steps(warmUp));
    }

    public void Dispose()
    {
        foreach (var turn in _turns) turn.Dispose();
    }

    private void Wait(int self)
    {
        _turns[self].Wait();
        Side.Take(kernels: self == 1);
    }

    private void HandOver(int self)
    {
        // The other is over: go on alone.
        _turns[_over[1 - self] ? self : 1 - self].Release();
    }

    private sealed class Player(TurnTaking turns, int self) : IJobContext
    {
        private readonly List<double> _steps = [];
        private long _begun;

        public string Root => turns.Folder;

        public string Device => "cpu";

        public CancellationToken Cancelled => CancellationToken.None;

        public ArtifactRef? ResumeFrom => null;

        public void Begin(int threads)
        {
            Threads.Set(threads);
            turns.Wait(self);
            _begun = Stopwatch.GetTimestamp();
        }

        public void Report(JobProgress progress)
        {
            _steps.Add(Stopwatch.GetElapsedTime(_begun).TotalSeconds);
            turns.HandOver(self);
            turns.Wait(self);
            _begun = Stopwatch.GetTimestamp();
        }

        public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default)
        {
        }

        public void Evaluated(int step, double loss)
        {
        }

        public void End()
        {
            turns._over[self] = true;
            turns._turns[1 - self].Release();
        }

        /// <summary>Without the first steps, and without the last, which also evaluates.</summary>
        public Timings Steps(int warmUp) => new(_steps.Skip(warmUp).SkipLast(1));
    }

    private string Folder => root;
}
