using Sweeps.Orchestrator.Web.Metrics;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Everything that the HTTP API answers, group by group.</summary>
internal static class EndpointGroups
{
    /// <summary>The groups; their order means nothing.</summary>
    public static IReadOnlyList<IEndpoints> All { get; } =
    [
        new HealthEndpoints(),
        new PageEndpoints(),
        new MetricsEndpoints(),
        new ServerEndpoints(),
        new SweepEndpoints(),
        new ModelEndpoints(),
        new AskEndpoints(),
        new TrialEndpoints(),
        new SearchEndpoints(),
        new CircuitEndpoints(),
        new DictionaryEndpoints(),
        new BridgeEndpoints(),
        new NodeEndpoints(),
        new ControlEndpoints(),
        new SubmitEndpoints(),
        new EventEndpoints(),
        new OpenApiEndpoints(),
    ];
}
