using Akka.Configuration;
using Akka.Dispatch;

namespace Sweeps.Simulator.Virtual;

/// <summary>The executor of every dispatcher of a virtual process; <see cref="VirtualConfig"/> names it.</summary>
public sealed class VirtualExecutor(Config config, IDispatcherPrerequisites prerequisites) : ExecutorServiceConfigurator(
    config, prerequisites)
{
    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => new Service(id, ((VirtualScheduler)Prerequisites.Scheduler).Process);

    private sealed class Service(string id, VirtualProcess process) : ExecutorService(id)
    {
        public override void Execute(IRunnable run) => process.Execute(run);

        public override void Shutdown()
        {
        }
    }
}
