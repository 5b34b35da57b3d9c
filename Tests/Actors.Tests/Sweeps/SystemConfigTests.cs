using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>Whose setting of Akka wins.</summary>
public sealed class SystemConfigTests
{
    private const string Akka = """
        {
          "log-dead-letters": 7,
          "coordinated-shutdown": { "run-by-clr-shutdown-hook": true },
          "persistence": { "journal": { "plugin": "akka.persistence.journal.inmem", "sql": { "auto-initialize": true, "batch-size": 5 } } }
        }
        """;

    [Fact]
    public void The_node_s_settings_win_over_our_defaults_but_not_over_what_an_end_in_order_needs()
    {
        var config = SystemConfig.Of(new NodeOptions { Akka = Akka });
        Assert.Equal(7, config.GetInt("akka.log-dead-letters"));
        Assert.False(config.GetBoolean("akka.log-dead-letters-during-shutdown"));
        Assert.False(config.GetBoolean("akka.coordinated-shutdown.run-by-clr-shutdown-hook"));
        Assert.Equal(TimeSpan.FromSeconds(13), config.GetTimeSpan("akka.coordinated-shutdown.phases.before-service-unbind.timeout"));
    }

    [Fact]
    public void The_journal_stays_where_it_is_whatever_the_node_sets()
    {
        var store = SqlStores.Of(new JournalStore.Sqlite("/nowhere/journal.db"));
        var config = JournalPluginConfig.Required(store).WithFallback(SystemConfig.Of(new NodeOptions { Akka = Akka })).WithFallback(
            JournalPluginConfig.Of(store));
        Assert.Equal("akka.persistence.journal.sql", config.GetString("akka.persistence.journal.plugin"));
        Assert.False(config.GetBoolean("akka.persistence.journal.sql.auto-initialize"));
        Assert.Equal(5, config.GetInt("akka.persistence.journal.sql.batch-size"));
        Assert.Equal(20_000, config.GetInt("akka.persistence.journal.sql.buffer-size"));
    }
}
