using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>The OpenAPI document of all endpoints, made when somebody asks for it.</summary>
internal sealed class OpenApiEndpoints : IEndpoints
{
    public const string Path = "/openapi/v1.json";

    private const string Token = "token";

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            Correct(schema, context);
            return Task.CompletedTask;
        });
    });

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes) => routes.MapOpenApi("/openapi/{documentName}.json");

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Sweeps",
            Version = typeof(OpenApiEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            Description = "What sweeps have found, how far they are, and commands to them. Losses are nats. A number that is none is "
                + "\"NaN\", \"Infinity\" or \"-Infinity\".",
        };
        // Where it is depends on whom one asks.
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Token] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The server's token." },
        };
        var required = new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Token, document)] = [] };
        foreach (var (method, operation) in document.Paths.Values.SelectMany(path => path.Operations ?? []))
            if (method != HttpMethod.Get) operation.Security = [required];
    }

    /// <summary>Says what the exporter of schemas cannot know.</summary>
    private static void Correct(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var type = context.JsonTypeInfo.Type;
        // They are written by converters of their own.
        if (type == typeof(ModelId) || type == typeof(TrialId)) (schema.Type, schema.Properties) = (JsonSchemaType.String, null);
        // Who may have null says so beside: both would fit it, and only one may.
        if ((Nullable.GetUnderlyingType(type) ?? type).IsEnum && schema.Enum is { } names)
            (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. names.Where(name => name is not null)]);
        // With names for what is no number, the exporter forgets null, and takes a number for an object.
        var of = Nullable.GetUnderlyingType(type);
        if ((of ?? type) != typeof(double) && (of ?? type) != typeof(float)) return;
        (schema.Type, schema.Format) = (null, null);
        schema.AnyOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.Number },
            new OpenApiSchema { Enum = ["NaN", "Infinity", "-Infinity"] },
            .. of is null ? Array.Empty<IOpenApiSchema>() : [new OpenApiSchema { Type = JsonSchemaType.Null }],
        ];
    }
}
