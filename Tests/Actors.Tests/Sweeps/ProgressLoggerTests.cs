using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Tests.Sweeps;

public sealed class ProgressLoggerTests
{
    [Fact]
    public async Task A_warning_of_an_actor_is_one_line_with_its_cause_and_without_the_traces_of_a_program()
    {
        var logged = Channel.CreateUnbounded<SweepProgress>();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new ProgressLogger(logged.Writer));
        builder.Services.AddAkka("test", akka => akka.ConfigureLoggers(ActorLogger.Configure));
        using var host = builder.Build();
        await host.StartAsync();
        var log = Logging.GetLogger(host.Services.GetRequiredService<ActorSystem>(), "stream");

        log.Warning(Thrown(), "the journal failed ({0} of {1} times); it is tried again", 1, 16);
        log.Error("no device");

        Assert.Equal(
            new SweepLogged("the journal failed (1 of 16 times); it is tried again: the database is gone"),
            await logged.Reader.ReadAsync());
        Assert.Equal(new SweepLogged("no device"), await logged.Reader.ReadAsync());
        await host.StopAsync();
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("the database is gone", new IOException("broken pipe"));
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }
}
