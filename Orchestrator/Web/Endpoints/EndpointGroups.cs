using Sweeps.Orchestrator.Web.Metrics;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Everything that the HTTP API answers, group by group.</summary>
internal static class EndpointGroups
{
    /// <summary>The groups; their order means nothing.</summary>
    public static IReadOnlyList<IEndpoints> All { get; } =
    [
        new HealthEndpoints(),
<<<<<<< HEAD
        new PageEndpoints(),
=======
        new MetricsEndpoints(),
>>>>>>> 6082e88e0562fb80df6d659c2ccda69d29c77bd9
        new ServerEndpoints(),
        new SweepEndpoints(),
        new ModelEndpoints(),
        new TrialEndpoints(),
        new SearchEndpoints(),
        new CircuitEndpoints(),
        new NodeEndpoints(),
        new ControlEndpoints(),
        new SubmitEndpoints(),
        new EventEndpoints(),
        new OpenApiEndpoints(),
    ];
}
